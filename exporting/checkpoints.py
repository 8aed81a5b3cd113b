"""Opens what transformers has saved: local files, no pickles, every weight in its place."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from safetensors import SafetensorError

from stream_engine.backends.arrays import IMAGENET, Colours
from stream_engine.engines.manifests import regular

# `model_type` of a configuration: our family, and the class that reads it.
KINDS = {
    "rf_detr": ("rfdetr", "RfDetrForObjectDetection"),
    "d_fine": ("dfine", "DFineForObjectDetection"),
    "rt_detr": ("rtdetr", "RTDetrForObjectDetection"),
    "rt_detr_v2": ("rtdetr", "RTDetrV2ForObjectDetection"),
}
USUAL_SIDE = 640  # of D-FINE and RT-DETR
STRIDE = 32  # their coarsest cells
RAW = ("dfine", "rtdetr")  # families that take pictures from 0 to 1; the others take ImageNet's mean and spread
MOST = 65_536  # no number of a network is greater: sides, channels, classes, queries
MOST_LAYERS = 256  # each is made before the weights show that there are not so many
OF_LAYERS = ("layer", "depth", "block")  # what stands in the names of such numbers
BACKGROUND = ("background", "__background__", "no object")


class CheckpointError(Exception):
    """A checkpoint cannot be exported: which, why, and what to do."""


class Opened(NamedTuple):
    """A network, ready to be exported."""

    net: Any  # gives `logits` and `pred_boxes`
    family: str
    side: int  # of the square that it takes
    step: int  # what that must be a multiple of
    classes: tuple[str, ...]  # of the columns of its scores
    background: int | None


@contextlib.contextmanager
def garbled(source: Path) -> Iterator[None]:
    """What the libraries make of a checkpoint that is garbled is anybody's guess: here it is one line."""
    try:
        yield
    except (CheckpointError, OSError):
        raise
    except Exception as error:
        raise CheckpointError(f"{source} is garbled: {type(error).__name__}: {first_line(error)}") from None


def open_folder(folder: Path) -> Opened:
    """What `save_pretrained` wrote."""
    kind = read_json(folder / "config.json").get("model_type")
    if kind not in tuple(KINDS):  # it may be a list, which no table is asked for
        raise CheckpointError(f"{folder} holds a model of type {kind!r}; these can be exported: {', '.join(KINDS)}")
    family, name = KINDS[kind]
    net = load_weights(getattr(transformers, name), folder)
    pictures = preparation(folder, family)
    classes = tuple(net.config.id2label.get(column, str(column)) for column in range(net.config.num_labels))
    step = step_of(net.config)
    if step < 1:
        raise CheckpointError(f"{folder / 'config.json'}: its patches and windows make no size")
    return Opened(net, family, _side(net.config, pictures, step), step, classes, _background(classes))


def load_weights(network: Any, folder: Path, **options: Any) -> Any:
    """A network of this class, every weight from the folder's safetensors."""
    if not any((folder / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json")):
        raise CheckpointError(
            f"{folder} has no model.safetensors; other files of weights can run code when they are opened and are not: "
            "save it again with save_pretrained"
        )
    try:
        net, loaded = network.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # `complete` tells of them
            dtype=torch.float32,
            **options,
        )
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be loaded: {first_line(error)}") from None
    complete(folder, loaded)
    return net


def complete(source: Path, loaded: Any) -> None:
    """Every weight of the network came from the checkpoint; what was left over in there does not matter."""
    lacking = sorted(loaded["missing_keys"]) + sorted(name for name, *_ in loaded["mismatched_keys"])
    if lacking:
        raise CheckpointError(
            f"{source}: {len(lacking)} weight(s) are missing or of another shape, first {lacking[0]}: "
            "it is of another model than it says, or of another release of its library"
        )


def step_of(config: Any) -> int:
    """What the side of the input must be a multiple of."""
    if config.model_type != "rf_detr":
        return STRIDE
    return int(config.backbone_config.patch_size) * int(config.backbone_config.num_windows)


def _side(config: Any, pictures: dict[str, Any], step: int) -> int:
    size = pictures.get("size") or {}
    if "height" in size and size["height"] == size.get("width"):
        return int(size["height"])
    if config.model_type != "rf_detr":
        return USUAL_SIDE
    return -(-int(config.backbone_config.image_size) // step) * step  # base is made for 518 and runs at 560


def _background(classes: tuple[str, ...]) -> int | None:
    return next((column for column, name in enumerate(classes) if name.lower() in BACKGROUND), None)


def preparation(folder: Path, family: str, colours: Colours = IMAGENET) -> dict[str, Any]:
    """What the folder says about its pictures, if anything: they are prepared as ours are."""
    path = folder / "preprocessor_config.json"
    said = read_json(path) if path.exists() else {}
    normalised = family not in RAW
    mean, spread = said.get("image_mean", colours.mean), said.get("image_std", colours.spread)
    same: bool = said.get("do_normalize", normalised) == normalised
    if not same or (normalised and (tuple(mean), tuple(spread)) != colours):
        raise CheckpointError(f"{path} normalises pictures in another way than {family} does here")
    return said


def read_json(path: Path, unread: Sequence[str] = ()) -> dict[str, Any]:
    """A table that a folder of transformers holds, without what nobody reads of it."""
    try:
        said = json.loads(regular(path).read_text("utf-8"))
        json.dumps(said, ensure_ascii=False).encode()  # half a character in a name could not be written down
        if isinstance(said, dict):
            said = {name: value for name, value in said.items() if name not in unread}
        numbers = list(_numbers(said))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read: {first_line(error)}; a folder of save_pretrained has one"
        ) from None
    if not isinstance(said, dict):
        raise CheckpointError(f"{path} holds no table")
    if absurd := [name for name, number in numbers if not abs(number) <= _most(name)]:
        raise CheckpointError(f"{path}: its {absurd[0]} is a number that no network has")
    return said


def _numbers(said: Any, name: str = "number") -> Iterator[tuple[str, float]]:
    """Every number in a table, with the last name on the way to it."""
    if isinstance(said, int | float):
        yield name, said
    elif isinstance(said, dict):
        for inner, value in said.items():
            yield from _numbers(value, inner)
    elif isinstance(said, list):
        for value in said:
            yield from _numbers(value, name)


def _most(name: str) -> int:
    return MOST_LAYERS if any(word in name for word in OF_LAYERS) else MOST


def first_line(error: Exception) -> str:
    """What an error of a library says first; the rest explains it to its makers."""
    lines = [line.strip() for line in str(error).strip().splitlines()] or [type(error).__name__]
    return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
