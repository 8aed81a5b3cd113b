"""How people go into networks that take RGB pictures, and what those say."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.backends.arrays import HALVES, IMAGENET
from stream_engine.engines import EngineError, TensorSpec
from stream_engine.masks import MaskRle, encode
from stream_engine.models.reid.layout import body_parts, whole_body
from stream_engine.models.reid.pixels import PixelFamily, chances, parts, solider, whole
from tests.models.pictures import smooth_nv12
from tests.models.reid.files import PICTURE, ROLES, SPECS, Means, floats, row_of

GREY = np.full((270, 320), 128, np.uint8)
GREY_RGB = 130  # of luma 128
NEUTRAL = tuple(round(255 * mean) for mean in IMAGENET.mean)
BOX = np.array([(20.0, 20.0, 60.0, 100.0)])


def taken(family_of: Any, family: str, boxes: Any, masks: Any, picture: Any = GREY) -> tuple[PixelFamily, Any]:
    row = row_of(family)
    made: PixelFamily = family_of(Means(row), row)
    return made, made.take(picture, np.array(boxes, float), masks)


def test_a_box_is_stretched_over_the_input() -> None:
    picture = smooth_nv12((320, 180))
    picture[:180, 100:130] = np.linspace(40, 200, 30).astype(np.uint8)
    _, crops = taken(whole, "global", [(100, 20, 130, 140)], [None], picture)
    light = crops.rgb[0].mean((0, 2))
    assert crops.rgb.shape == (1, 32, 16, 3) and (np.diff(light) > 0).all()


def test_what_the_mask_leaves_out_has_a_neutral_colour() -> None:
    mask = encode(np.ones((80, 20), np.bool_), x=20, y=20)
    made, crops = taken(whole, "global", BOX, [mask])
    assert (np.abs(crops.rgb[0, :, :7].astype(int) - GREY_RGB) <= 2).all()
    assert (crops.rgb[0, :, 9:] == NEUTRAL).all()
    net = Means(row_of("global"))
    type(made)(net, whole_body(row_of("global")), IMAGENET).answer(crops)
    assert np.abs(net.given[0]["images"][0, :, :, 9:]).max() < 0.01


@pytest.mark.parametrize("odd", [0, 1])
def test_what_is_outside_of_the_picture_has_it_too(odd: int) -> None:
    _, crops = taken(whole, "global", [(-20 - odd, -40 + odd, 20 - odd, 40 + odd)], [None])
    assert (crops.rgb[0, :14] == NEUTRAL).all() and (crops.rgb[0, :, :7] == NEUTRAL).all()
    assert (np.abs(crops.rgb[0, 18:, 10:].astype(int) - GREY_RGB) <= 2).all()
    _, crops = taken(whole, "global", [(300 + odd, 140, 340 + odd, 220)], [None])
    assert (crops.rgb[0, 18:] == NEUTRAL).all() and (crops.rgb[0, :, 9:] == NEUTRAL).all()
    assert (np.abs(crops.rgb[0, :14, :6].astype(int) - GREY_RGB) <= 2).all()


def test_the_colours_are_those_that_the_family_wants() -> None:
    for family_of, family, colours in ((whole, "global", IMAGENET), (solider, "parts-solider", HALVES)):
        row = row_of(family)
        net = Means(row)
        made = family_of(net, row)
        made.answer(made.take(GREY, BOX, [None]))
        wanted = (GREY_RGB / 255 - np.array(colours.mean)) / colours.spread
        np.testing.assert_allclose(net.given[0]["images"][0].mean((1, 2)), wanted, atol=0.02)


def square(x: int, wide: int = 20) -> MaskRle:
    return encode(np.ones((80, wide), np.bool_), x=x, y=20)


def test_a_net_with_prompts_sees_the_whole_box_and_is_told_who_is_meant() -> None:
    _, crops = taken(solider, "parts-solider", np.vstack([BOX, BOX]), [square(20), square(30, 30)])
    assert (np.abs(crops.rgb.astype(int) - GREY_RGB) <= 2).all()
    others, own, *rest = crops.prompts[0]
    assert (own[:, :7] == 255).all() and not own[:, 9:].any()
    assert (others[:, 9:] == 255).all() and not others[:, :7].any() and not np.any(rest)


def test_without_masks_there_are_no_prompts() -> None:
    row = row_of("parts-solider")
    net = Means(row)
    made = solider(net, row)
    made.answer(made.take(GREY, BOX, [None]))
    assert net.given[0]["prompts"].shape == (1, 4, 32, 16) and not net.given[0]["prompts"].any()


def test_prompts_go_in_as_shares() -> None:
    row = row_of("parts-solider")
    net = Means(row)
    made = solider(net, row)
    made.answer(made.take(GREY, BOX, [square(20)]))
    assert net.given[0]["prompts"].dtype == np.float32 and net.given[0]["prompts"].max() == pytest.approx(1)


def test_a_net_for_the_whole_body_sees_it_always() -> None:
    made, crops = taken(whole, "global", BOX, [None])
    told = made.answer(crops)
    assert told.vectors.shape == (1, 1, 8) and told.visibility.tolist() == [[1]] and told.roles is None


def test_roles_are_probabilities_in_the_order_of_the_logits() -> None:
    told = chances(np.array([[1000, 999, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32))
    np.testing.assert_allclose(told.sum(1), 1)
    assert 0.7 < told[0, 0] < 0.75 and told[1, 3] == pytest.approx(0.2)


def test_a_role_head_goes_with_every_family() -> None:
    row = row_of("global", outputs=SPECS["global"][1] | ROLES)
    made = whole(Means(row), row)
    roles = made.answer(made.take(GREY, BOX, [None])).roles
    assert roles is not None and roles.sum() == pytest.approx(1)


LAYOUTS = {
    "osnet": (whole_body, "global", None, None, (1, 8, 0, False)),
    "fixed batch": (whole_body, "global", {"x": floats(4, 3, 32, 16)}, {"y": floats(4, 8)}, (1, 8, 0, False)),
    "prtreid": (
        body_parts, "parts", None,
        {"embeddings": floats("batch", 1, 256), "visibility": TensorSpec("bool", ("batch", 1))} | ROLES,
        (1, 256, 0, True),
    ),
    "kpr": (body_parts, "parts-solider", None, None, (3, 8, 4, True)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_read_from_the_row(name: str) -> None:
    read, family, inputs, outputs, wanted = LAYOUTS[name]
    layout = read(row_of(family, inputs, outputs))
    assert (layout.parts, layout.size, layout.prompts, layout.roles) == wanted
    assert (layout.width, layout.height) == (16, 32)


SEEN = SPECS["parts"][1]["visibility"]
BAD: list[tuple[Any, Any, Any]] = [
    (whole_body, {}, {"y": floats("batch", 8)}),
    (whole_body, {"a": PICTURE, "b": PICTURE}, {"y": floats("batch", 8)}),
    (whole_body, {"x": floats("batch", 3, "rows", 16)}, {"y": floats("batch", 8)}),
    (whole_body, {"x": floats("batch", 4, 32, 16)}, {"y": floats("batch", 8)}),
    (whole_body, {"x": TensorSpec("uint8", PICTURE.shape)}, {"y": floats("batch", 8)}),
    (whole_body, {"x": PICTURE}, {"y": floats("batch", 8), "z": floats("batch", 8)}),
    (whole_body, {"x": PICTURE}, {"y": floats("batch", 1, 8)}),
    (whole_body, {"x": PICTURE}, {"y": floats("batch", "numbers")}),
    (whole_body, {"x": PICTURE}, {"y": floats("other", 8)}),
    (whole_body, {"x": PICTURE}, {"y": floats("batch", 8), "roles": floats("batch", 4)}),
    (whole_body, {"x": PICTURE}, {"roles": floats("batch", 5)}),
    (whole_body, {"x": PICTURE, "prompts": PICTURE}, {"y": floats("batch", 8)}),
    (whole_body, {"x": floats()}, {"y": floats()}),
    (body_parts, {"x": PICTURE}, {"embeddings": floats("batch", 3, 8)}),
    (body_parts, {"x": PICTURE}, {"embeddings": floats("batch", 3, 8), "visibility": floats("batch", 4)}),
    (body_parts, {"x": PICTURE}, {"embeddings": floats("batch", "parts", 8), "visibility": SEEN}),
    (body_parts, {"x": PICTURE}, {"embeddings": floats("batch", 3, 8), "visibility": SEEN, "more": SEEN}),
    (body_parts, {"x": PICTURE}, {"embeddings": floats("batch", 3, 8), "visibility": TensorSpec("int64", SEEN.shape)}),
    (body_parts, {"x": PICTURE, "prompts": floats("batch", 2, 16, 8)}, SPECS["parts"][1]),
    (body_parts, {"x": PICTURE, "prompts": floats("batch", "channels", 32, 16)}, SPECS["parts"][1]),
    (body_parts, {"prompts": PICTURE}, SPECS["parts"][1]),
]


@pytest.mark.parametrize(("read", "inputs", "outputs"), BAD)
def test_tensors_that_do_not_fit_are_refused_with_those_that_do(read: Any, inputs: Any, outputs: Any) -> None:
    family = "global" if read is whole_body else "parts"
    with pytest.raises(EngineError, match=f"^small: {family} takes .* and gives .*; the manifest says ") as told:
        read(row_of(family, inputs, outputs))
    assert "\n" not in str(told.value)


def test_a_row_of_parts_says_its_number_of_them() -> None:
    row = row_of("parts")
    assert (parts(Means(row), row).parts, parts(Means(row), row).size) == (3, 8)


DOCS = Path(__file__).parents[3] / "docs/engines.md"
ROWS = [
    row for block in re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.S) for row in tomllib.loads(block)["models"]
]


@pytest.mark.parametrize("row", [row for row in ROWS if row["family"] in SPECS], ids=lambda row: row["family"])
def test_the_rows_of_the_documentation_fit_their_families(row: dict[str, Any]) -> None:
    ours, theirs = (msgspec.convert(row[side], dict[str, TensorSpec]) for side in ("inputs", "outputs"))
    read = whole_body if row["family"] == "global" else body_parts
    assert read(row_of(row["family"], ours, theirs)).size in (256, 512)
