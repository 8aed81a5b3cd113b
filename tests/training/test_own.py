"""Frames that a user has labelled, as COCO and YOLO keep them, and what can be wrong with them."""

import importlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from stream_engine.backends.arrays import TO_RGB

pytest.importorskip("torch")
pytest.importorskip("yaml")
own: Any = importlib.import_module("training.detector.own")

NAMES = ["Player", "keeper", "sports-ball", "Coach", "horse"]
RGB = (40, 160, 60)


def paint(path: Path, size: tuple[int, int] = (640, 360)) -> None:
    """A green picture with a red box in its lower right quarter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:] = RGB[::-1]
    picture[size[1] // 2 :, size[0] // 2 :] = (0, 0, 200)
    cv2.imwrite(str(path), picture)


def coco(folder: Path, boxes: list[Any], at: str = "annotations.json", count: int = 12, **more: Any) -> Path:
    """A folder of pictures of 640 x 360; boxes are (picture, name, box) or whole annotations."""
    for number in range(count):
        paint(folder / f"{number:02}.png")
    said = {
        "images": [{"id": n, "file_name": f"{n:02}.png", "width": 640, "height": 360} for n in range(count)],
        "categories": [{"id": kind, "name": name} for kind, name in enumerate(NAMES)],
        "annotations": [
            box if isinstance(box, dict) else {"image_id": box[0], "category_id": NAMES.index(box[1]), "bbox": box[2]}
            for box in boxes
        ],
    }
    path = folder / at
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(said | more))
    return folder


def yolo(folder: Path, lines: dict[str, str], names: str = "names: [player, ball, referee]") -> Path:
    """A folder with two pictures more than have lines."""
    for name in (*lines, "train/images/z1", "train/images/z2"):
        paint(folder / f"{name}.jpg")
    for name, text in lines.items():
        path = folder / f"{name.replace('images', 'labels', 1)}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "data.yaml").write_text(names)
    return folder


def boxes_of(labelled: Any) -> list[tuple[str, list[float], float]]:
    return [(item.role, [round(side, 3) for side in item.box_px], item.visible) for item in labelled.items]


@pytest.mark.parametrize("at", ["_annotations.coco.json", "annotations.json", "annotations/instances.json"])
def test_coco_is_read_from_where_it_may_lie(tmp_path: Path, at: str) -> None:
    read = own.read_coco(coco(tmp_path, [(3, "Player", [320, 180, 320, 180]), (3, "keeper", [0, 0, 32, 36])], at))
    assert read.frames.luma.shape == (12, 540, 960) and read.frames.chroma.shape == (12, 270, 480, 2)
    third = next(labelled for labelled in read.frames.labels if labelled.frame == 3)
    assert boxes_of(third) == [("player", [960, 540, 1920, 1080], 1.0), ("goalkeeper", [0, 0, 96, 108], 1.0)]
    assert sum(len(labelled.items) for labelled in read.frames.labels) == 2


def test_every_tenth_picture_is_held_back_and_comes_last(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = coco(tmp_path, [(0, "Player", [0, 0, 10, 20])])
    read = own.read_coco(folder, (), lambda done, count: seen.append((done, count)))
    assert [labelled.frame for labelled in read.frames.labels] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 0, 10]
    assert read.learned == 10 and seen == [(number, 12) for number in range(1, 13)]


def test_colours_are_those_of_broadcast_video(tmp_path: Path) -> None:
    frames = own.read_coco(coco(tmp_path, [(0, "Player", [0, 0, 10, 20])], count=2)).frames
    for row, column, wanted in ((5, 5, RGB), (500, 900, (200, 0, 0))):
        yuv = [frames.luma[0, row, column], *frames.chroma[0, row // 2, column // 2]]
        assert np.allclose(TO_RGB @ [*yuv, 1], wanted, atol=2.5)


def test_a_picture_of_another_shape_lies_in_the_upper_left_on_black(tmp_path: Path) -> None:
    folder = yolo(tmp_path, {"images/a": "0 0.75 0.75 0.5 0.5\n"})
    paint(tmp_path / "images/a.jpg", (480, 480))
    read = own.read_yolo(folder)
    at = next(place for place, labelled in enumerate(read.frames.labels) if labelled.items)
    assert boxes_of(read.frames.labels[at]) == [("player", [540, 540, 1080, 1080], 1.0)]
    assert (read.frames.luma[at, :, 540:] == 16).all() and (read.frames.luma[at, :, :538] > 30).all()
    assert (read.frames.chroma[at, :, 270:] == 128).all()


@pytest.mark.parametrize("place", ["images/a", "train/images/a", "images/match/first/a"])
def test_yolo_is_read_from_where_it_may_lie(tmp_path: Path, place: str) -> None:
    folder = yolo(tmp_path, {place: "1 0.5 0.5 0.1 0.2\n\n0 0.05 0.5 0.2 0.2\n"}, "names: {0: person, 1: sports ball}")
    (tmp_path / "cover.jpg").write_bytes(b"not below images")
    read = own.read_yolo(folder)
    found = [thing for labelled in read.frames.labels for thing in boxes_of(labelled)]
    assert len(read.frames) == 3
    assert found == [("ball", [864, 432, 1056, 648], 1.0), ("player", [0, 432, 288, 648], 1.0)]  # cut at the edge


def test_a_crowd_is_not_judged(tmp_path: Path) -> None:
    crowd = {"image_id": 1, "category_id": 0, "bbox": [0, 0, 64, 36], "iscrowd": 1}
    read = own.read_coco(coco(tmp_path, [crowd], count=2))
    assert boxes_of(read.frames.labels[0]) == [("player", [0, 0, 192, 108], 0.0)]


def test_names_without_a_role_are_an_error_unless_they_are_to_be_ignored(tmp_path: Path) -> None:
    folder = coco(tmp_path, [(0, "horse", [0, 0, 9, 9]), (1, "horse", [0, 0, 9, 9]), (1, "Coach", [0, 0, 9, 9])])
    with pytest.raises(ValueError, match=r"no role is known for 'horse'; rename to one of .*--ignore NAME"):
        own.read_coco(folder)
    read = own.read_coco(folder, ["horse"])
    assert read.left_out == {"horse": 2}
    assert [item.role for labelled in read.frames.labels for item in labelled.items] == ["other"]
    with pytest.raises(ValueError, match="nothing is labelled in its 12 pictures"):
        own.read_coco(folder, ["horse", "Coach"])


BOX = (0, "Player", [1, 1, 9, 9])
WRONG_COCO: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda folder: None, "is no folder"),
    "nothing": (lambda folder: folder.mkdir(), "needs _annotations.coco.json or annotations.json, or one json"),
    "two files": (
        lambda folder: (coco(folder, [BOX], "annotations/a.json"), coco(folder, [BOX], "annotations/b.json")),
        "that has 2",
    ),
    "no pictures": (lambda folder: coco(folder, [], count=0), "has no picture"),
    "one picture": (lambda folder: coco(folder, [BOX], count=1), r"has 1 picture\(s\); two are needed"),
    "no json": (lambda folder: (coco(folder, [BOX]) / "annotations.json").write_text("{"), "cannot be read: Expecting"),
    "no text": (lambda folder: (coco(folder, [BOX]) / "annotations.json").write_bytes(b"\xff\xfe"), "cannot be read"),
    "another json": (lambda folder: (coco(folder, [BOX]) / "annotations.json").write_text("[]"), "Expected `object`"),
    "no sides": (lambda folder: coco(folder, [BOX], images=[{"id": 1, "file_name": "00.png"}]), "field `width`"),
    "no side": (
        lambda folder: coco(folder, [BOX], images=[{"id": 1, "file_name": "0", "width": 0, "height": 9}]),
        "the picture 0 is 0 x 9",
    ),
    "same ids": (
        lambda folder: coco(folder, [], images=[{"id": 1, "file_name": "00.png", "width": 640, "height": 360}] * 2),
        "several of its images have the same id",
    ),
    "nobody's box": (lambda folder: coco(folder, [(77, "Player", [1, 1, 9, 9])]), "annotation 1: its image 77"),
    "three sides": (lambda folder: coco(folder, [(0, "Player", [1, 1, 9])]), "of length 4"),
    "not a number": (lambda folder: coco(folder, [BOX, (0, "Player", [1, float("nan"), 9, 9])]), "2: a side of its"),
    "endless": (lambda folder: coco(folder, [(0, "Player", [1, 1, float("inf"), 9])]), "is no finite number"),
    "inverted": (lambda folder: coco(folder, [(0, "Player", [50, 50, -9, 9])]), "its box has no area"),
    "outside": (lambda folder: coco(folder, [(0, "Player", [641, 5, 9, 9])]), "its box lies outside the picture"),
    "picture gone": (lambda folder: (coco(folder, [BOX]) / "04.png").unlink(), "its picture 04.png is neither in"),
    "no picture": (lambda folder: (coco(folder, [BOX]) / "04.png").write_bytes(b"?"), "04.png is no picture that can"),
    "another size": (lambda folder: paint(coco(folder, [BOX]) / "04.png", (360, 640)), "is 360 x 640; its labels"),
}  # fmt: skip
WRONG_YOLO: dict[str, tuple[str, str, str]] = {
    "no yaml": ("0 0.5 0.5 0.1 0.1", "names: [player", "data.yaml cannot be read: while parsing"),
    "no names": ("0 0.5 0.5 0.1 0.1", "nc: 3", "field `names`"),
    "numbers for names": ("0 0.5 0.5 0.1 0.1", "names: [1, 2]", "data.yaml: Expected"),
    "empty yaml": ("0 0.5 0.5 0.1 0.1", "", "data.yaml: Expected"),
    "garbage": ("0 0.5 0.5 0.1 0.1\nfoo bar", "names: [player]", "a.txt:2: 'class x y .* not 'foo"),
    "bytes": ("\x00\x01\x02", "names: [player]", "a.txt:1: 'class x y"),
    "polygon": ("0 0.1 0.1 0.2 0.2 0.3 0.3", "names: [player]", "a.txt:1: 'class x y"),
    "unknown class": ("7 0.5 0.5 0.1 0.1", "names: [player]", "a.txt:1: data.yaml has no name for class 7"),
    "half a class": ("0.5 0.5 0.5 0.1 0.1", "names: [player]", "has no name for class 0.5"),
    "pixels": ("0 320 180 20 60", "names: [player]", "are shares of the picture, at most 1"),
    "not a number": ("0 nan 0.5 0.1 0.1", "names: [player]", "a side of its box is no finite number"),
    "inverted": ("0 0.5 0.5 -0.1 0.1", "names: [player]", "its box has no area"),
    "nothing": ("", "names: [player]", "nothing is labelled in its 3 pictures"),
}  # fmt: skip


def refused(read: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        read()
    assert re.search(said, str(caught.value)) and "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", WRONG_COCO)
def test_what_is_wrong_with_coco_is_told_in_a_line(tmp_path: Path, wrong: str) -> None:
    make, said = WRONG_COCO[wrong]
    make(tmp_path / "frames")
    refused(lambda: own.read_coco(tmp_path / "frames"), said)


@pytest.mark.parametrize("wrong", WRONG_YOLO)
def test_what_is_wrong_with_yolo_is_told_in_a_line(tmp_path: Path, wrong: str) -> None:
    line, names, said = WRONG_YOLO[wrong]
    folder = yolo(tmp_path, {"images/a": line}, names)
    refused(lambda: own.read_yolo(folder), said)


def test_a_folder_that_is_not_yolo_s_is_told(tmp_path: Path) -> None:
    refused(lambda: own.read_yolo(tmp_path / "none"), "is no folder")
    refused(lambda: own.read_yolo(tmp_path), "has no data.yaml")
    (tmp_path / "data.yaml").write_text("names: [player]")
    refused(lambda: own.read_yolo(tmp_path), "has no picture")


def test_more_pictures_than_memory_holds_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MOST", 11)
    monkeypatch.setattr(own, "_opened", None)
    refused(lambda: own.read_coco(coco(tmp_path, [BOX])), "has 12 pictures; 11 is the most, which takes 16 GB")
