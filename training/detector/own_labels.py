"""Labels that a user has made, in the layouts of COCO and YOLO: which pictures there are and what is in them."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from stream_engine.messages import Box

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}
COCO_FILES = ("_annotations.coco.json", "annotations.json")
Id = int | str


class Thing(NamedTuple):
    """A label; its box in shares of the picture."""

    name: str
    box: Box
    visible: float


class Picture(NamedTuple):
    """A picture that has yet to be read."""

    path: Path
    size: tuple[int, int] | None  # as its labels say
    things: Sequence[Thing]


def coco(folder: Path) -> list[Picture]:
    """Pictures and boxes of a COCO annotation file in the folder."""
    path = _coco_file(_folder(folder))
    said = _converted(path, _parsed(path, json.loads), _Coco)
    names = {category.id: category.name for category in said.categories}
    things: dict[Id, list[Thing]] = {image.id: [] for image in said.images}
    sizes = {image.id: (image.width, image.height) for image in said.images}
    if len(things) < len(said.images):
        raise ValueError(f"{path}: several of its images have the same id")
    for number, box in enumerate(said.annotations, 1):
        place = f"{path}: annotation {number}"
        if box.image_id not in things or box.category_id not in names:
            raise ValueError(f"{place}: its image {box.image_id} or category {box.category_id} is not in the file")
        left, top, width, height = box.bbox
        across, down = sizes[box.image_id]
        shares = (left / across, top / down, (left + width) / across, (top + height) / down)
        visible = 0.0 if box.iscrowd else 1.0  # a crowd is neither to be found nor wrong
        things[box.image_id].append(Thing(names[box.category_id], _within(shares, place), visible))
    return [
        Picture(_coco_picture(folder, path, image.file_name), sizes[image.id], things[image.id])
        for image in said.images
    ]


def yolo(folder: Path) -> list[Picture]:
    """Pictures below `images`, their labels below `labels` beside it, names in data.yaml."""
    path = _folder(folder) / "data.yaml"
    if not path.is_file():
        raise ValueError(f"{folder} has no data.yaml, which names the classes")
    said = _converted(path, _parsed(path, _yaml), _Yolo)
    names = said.names if isinstance(said.names, dict) else dict(enumerate(said.names))
    pictures = []
    for picture in sorted(file for file in folder.rglob("[!.]*") if file.suffix.lower() in SUFFIXES):
        parts = picture.relative_to(folder).parts
        if "images" not in parts[:-1]:
            continue
        last = len(parts) - 1 - parts[::-1].index("images", 1)
        labels = folder.joinpath(*parts[:last], "labels", *parts[last + 1 :]).with_suffix(".txt")
        pictures.append(Picture(picture, None, _yolo_things(labels, names)))
    return pictures


class _CocoImage(msgspec.Struct):
    id: Id
    file_name: str
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"the picture {self.file_name} is {self.width} x {self.height}")


class _CocoCategory(msgspec.Struct):
    id: Id
    name: str


class _CocoBox(msgspec.Struct):
    image_id: Id
    category_id: Id
    bbox: Box
    iscrowd: bool | int = 0


class _Coco(msgspec.Struct):
    images: list[_CocoImage]
    categories: list[_CocoCategory]
    annotations: list[_CocoBox]


def _coco_file(folder: Path) -> Path:
    for name in COCO_FILES:
        if (folder / name).is_file():
            return folder / name
    inside = sorted((folder / "annotations").glob("*.json"))
    if len(inside) != 1:
        raise ValueError(
            f"{folder} needs {' or '.join(COCO_FILES)}, or one json file in annotations; that has {len(inside)}"
        )
    return inside[0]


def _coco_picture(folder: Path, path: Path, name: str) -> Path:
    for place in (folder / name, folder / "images" / name):
        if place.is_file():
            return place
    raise ValueError(f"{path}: its picture {name} is neither in {folder} nor in its images")


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


class _Yolo(msgspec.Struct):
    names: list[str] | dict[int, str]


def _yolo_things(path: Path, names: dict[int, str]) -> list[Thing]:
    """The labels of one picture; a picture without a file of labels shows nothing."""
    if not path.is_file():
        return []
    lines = path.read_text("utf-8", errors="replace").splitlines()
    return [_yolo_thing(line, names, f"{path}:{at}") for at, line in enumerate(lines, 1) if line.strip()]


def _yolo_thing(line: str, names: dict[int, str], place: str) -> Thing:
    try:
        kind, x, y, width, height = (float(column) for column in line.split())
    except ValueError:
        raise ValueError(f"{place}: 'class x y width height' is expected, not {line.strip()[:60]!r}") from None
    if kind not in names:
        raise ValueError(f"{place}: data.yaml has no name for class {kind:g}")
    if max(x, y, width, height) > 1.001:
        raise ValueError(f"{place}: x, y, width and height are shares of the picture, at most 1")
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return Thing(names[int(kind)], _within(box, place), 1.0)


T = TypeVar("T")


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder")
    return folder


def _parsed(path: Path, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {' '.join(str(error).split())}") from None


def _converted(path: Path, raw: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from None


def _within(box: Box, place: str) -> Box:
    """What of a box lies in the picture."""
    if not all(math.isfinite(side) for side in box):
        raise ValueError(f"{place}: a side of its box is no finite number")
    if box[2] <= box[0] or box[3] <= box[1]:
        raise ValueError(f"{place}: its box has no area")
    left, top, right, bottom = (min(max(side, 0.0), 1.0) for side in box)
    if right <= left or bottom <= top:
        raise ValueError(f"{place}: its box lies outside the picture")
    return left, top, right, bottom
