"""A shirt in an NV12 picture says here what transformers' SigLIP says of it, with its own preparation of pictures."""

import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends import NETS, load
from stream_engine.engines import OWN, read
from stream_engine.engines.rows import add_row
from stream_engine.models.embeddings import FAMILIES, Embedder, Jersey
from stream_engine.models.embeddings.together import Together

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small_siglip")
siglip: Any = importlib.import_module("exporting.siglip")
rows: Any = importlib.import_module("exporting.rows")

SAME = 1e-4  # between numbers of vectors of length 1
COLUMNS, ROWS = 640, 360
U, V = 104, 152
PLACES = [(101, 41, 40, 50), (30, 200, 33, 61), (300, 60, 64, 64), (320, 11, 300, 290), (600, 320, 60, 70)]
AT_THE_EDGE = 39  # the last row and column of the last one in the picture: their hue leans on what is beyond


def colour(luma: NDArray[Any]) -> NDArray[np.float64]:
    """RGB from 0 to 255 of limited-range BT.709 at U and V: its definition, solved for green."""
    y, u, v = (luma - 16) / 219, (U - 128) / 224, (V - 128) / 224
    red, blue = y + 2 * (1 - 0.2126) * v, y + 2 * (1 - 0.0722) * u
    return 255 * np.stack([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue], axis=-1)


def picture() -> NDArray[np.uint8]:
    """Noise of one hue; its lightnesses are those at which no rounding to whole colours is close."""
    levels = np.arange(60, 200)
    clear = levels[(np.abs(colour(levels) % 1 - 0.5) > 0.1).all(1)].astype(np.uint8)
    assert len(clear) > 20
    light = np.random.default_rng(1).choice(clear, (ROWS, COLUMNS))
    return np.vstack([light, np.tile(np.array([U, V], np.uint8), (ROWS // 2, COLUMNS // 2))])


def shirts() -> list[Jersey]:
    chance = np.random.default_rng(2)
    masks = [(chance.random((height, width)) < 0.8).astype(np.uint8) * np.uint8(255) for *_, width, height in PLACES]
    masks[-1][AT_THE_EDGE:], masks[-1][:, AT_THE_EDGE:] = 0, 0
    return [Jersey(place, mask) for place, mask in zip(PLACES, masks, strict=True)]


def prepared(nv12: NDArray[np.uint8], jersey: Jersey, side: int) -> Any:
    """What SiglipImageProcessor makes of a shirt on grey: bicubic with antialiasing, 1/255, mean and spread 0.5."""
    left, top, width, height = jersey.place
    rgb = np.full((height, width, 3), 128.0)
    seen = colour(nv12[:ROWS][top : top + height, left : left + width].astype(float)).round()
    shown = jersey.mask[: len(seen), : seen.shape[1]] > 0
    rgb[: len(seen), : seen.shape[1]][shown] = seen[shown]
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None]
    pixels = torch.nn.functional.interpolate(pixels, (side, side), mode="bicubic", antialias=True)
    return ((pixels.round().clamp(0, 255) / 255 - 0.5) / 0.5).float()


@pytest.fixture(scope="module", params=["small", "base"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Embedder]]:
    """A tower as transformers runs it, and the same as a file of the manifest, opened as the service does."""
    net = small.tower(**small.VISION) if request.param == "small" else small.tower()
    with tempfile.TemporaryDirectory() as folder:  # base has 340 MB, which no later run shall find
        written = siglip.write(siglip.Tower(net, net.config.image_size).eval(), Path(folder, "mine.onnx"))
        add_row(siglip.row_of(rows.Told("made here", "none"), written), Path(folder))
        (row,) = read(Path(folder, OWN), Path(folder)).models
        yield net, Together(load(FAMILIES, row.family), load(NETS, "ort")(row, 2), row)


def test_the_vectors_are_the_library_s(pair: tuple[Any, Embedder]) -> None:
    net, embedder = pair
    nv12, worn = picture(), shirts()
    pixels = torch.cat([prepared(nv12, jersey, net.config.image_size) for jersey in worn])
    with torch.no_grad():
        wanted = net(pixels).last_hidden_state.mean(1)
    wanted = (wanted / wanted.norm(dim=1, keepdim=True)).numpy()
    first, second = embedder.answer([embedder.take(nv12, worn[:2]), embedder.take(nv12, worn[2:])])
    told = np.concatenate([first, second])
    assert told.shape == wanted.shape == (len(worn), net.config.hidden_size)
    assert np.abs(told - wanted).max() <= SAME
    others = np.abs(wanted[:, None] - wanted).max(2)
    assert others[~np.eye(len(worn), dtype=bool)].min() > 10 * SAME
