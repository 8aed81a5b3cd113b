"""Folders as trackers take them, and what is said of those that are wrong."""

from pathlib import Path

import numpy as np
import pytest

from stream_engine.mot.clips import find_clips, read_clip
from stream_engine.scoring import ScoreError

INI = "[Sequence]\nname=one\nframeRate=25\nseqLength=3\nimWidth=100\nimHeight=50\n"


def sequence(root: Path, det: str | None = "", gt: str | None = None, ini: str = INI) -> Path:
    folder = root / "one"
    for name, text in (("det/det.txt", det), ("gt/gt.txt", gt), ("seqinfo.ini", ini)):
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


def test_frames_may_come_in_any_order_and_ids_do_not_matter(tmp_path: Path) -> None:
    clip = read_clip(sequence(tmp_path, "3,-1,1,2,10,20,0.5,-1,-1,-1\n\n1,7,1,2,3,4,0.25\n1,7,5,5,1,1,1\n"))
    assert (clip.name, clip.size, clip.fps, clip.rejected, clip.has_truth) == ("one", (100, 50), 25.0, 0, False)
    assert [found.boxes.tolist() for found in clip.frames] == [
        [[1, 2, 4, 6], [5, 5, 6, 6]],
        [],
        [[1, 2, 11, 22]],
    ]
    assert clip.frames[0].scores.tolist() == [0.25, 1.0]


def test_a_score_that_is_missing_or_minus_one_is_one(tmp_path: Path) -> None:
    clip = read_clip(sequence(tmp_path, "1,-1,1,2,3,4\n2,-1,1,2,3,4,-1,-1,-1,-1\n"))
    assert [found.scores.tolist() for found in clip.frames] == [[1.0], [1.0], []]


def test_boxes_that_are_none_are_counted(tmp_path: Path) -> None:
    lines = "1,-1,nan,2,3,4,1\n1,-1,1,2,inf,4,1\n1,-1,1,2,0,4,1\n1,-1,1,2,3,-4,1\n1,-1,1,2,3,4,nan\n1,-1,1,2,3,4,1\n"
    clip = read_clip(sequence(tmp_path, lines))
    assert clip.rejected == 5 and len(clip.frames[0].boxes) == 1


def test_a_sequence_without_boxes_or_frames_is_one(tmp_path: Path) -> None:
    assert [len(found.boxes) for found in read_clip(sequence(tmp_path, "")).frames] == [0, 0, 0]
    empty = sequence(tmp_path, "", ini=INI.replace("seqLength=3", "seqLength=0"))
    assert read_clip(empty).frames == ()


@pytest.mark.parametrize(
    ("det", "why"),
    [
        (None, r"det\.txt is not there; write a detector's boxes into it"),
        ("1,-1,a,2,3,4,1\n", r"det\.txt:1: could not convert .* a line is frame,-1,left"),
        ("1,-1,1,2,3,4,1\n1,-1,1,2,3\n", r"det\.txt:2: 5 columns"),
        ("0,-1,1,2,3,4,1\n", r"det\.txt:1: frame 0; the sequence has 1 to 3"),
        ("4,-1,1,2,3,4,1\n", r"det\.txt:1: frame 4; the sequence has 1 to 3"),
        ("nan,-1,1,2,3,4,1\n", r"det\.txt:1: frame nan"),
        ("1.5,-1,1,2,3,4,1\n", r"det\.txt:1: frame 1\.5"),
        ("1,-1,1,2,3,4,37\n", r"a score of 37; scores go from 0 to 1"),
    ],
)
def test_what_is_wrong_with_boxes_is_said_in_a_line(tmp_path: Path, det: str | None, why: str) -> None:
    with pytest.raises(ScoreError, match=why) as caught:
        read_clip(sequence(tmp_path, det))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ini", "why"),
    [
        ("", r"seqinfo\.ini: \[Sequence\] lacks a number"),
        ("[Sequence]\nimWidth=ten\n", "lacks a number"),
        (INI.replace("imWidth=100", "imWidth=0"), "3 frames of 0x50; that is no sequence"),
        (INI.replace("seqLength=3", "seqLength=-1"), "-1 frames of"),
        (INI.replace("frameRate=25", "frameRate=0"), "frameRate=0"),
        (INI.replace("frameRate=25", "frameRate=nan"), "frameRate=nan"),
    ],
)
def test_what_is_wrong_with_a_sequence_is_said_in_a_line(tmp_path: Path, ini: str, why: str) -> None:
    with pytest.raises(ScoreError, match=why) as caught:
        read_clip(sequence(tmp_path, "", ini=ini))
    assert "\n" not in str(caught.value)


def test_of_the_truth_only_pedestrians_that_count_are_taken(tmp_path: Path) -> None:
    lines = "2,1,1,2,3,4,1,1,0.5\n2,2,5,6,3,4,0,1,0.5\n2,3,9,9,3,4,1,8,0.5\n3,1,1,2,0,4,1,1,1\n"
    clip = read_clip(sequence(tmp_path, None, lines), "gt")
    assert clip.has_truth and clip.rejected == 1
    assert [found.boxes.tolist() for found in clip.frames] == [[], [[1, 2, 4, 6]], []]
    assert np.array_equal(clip.frames[1].scores, [1.0])


def test_an_id_twice_in_the_truth_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="id 1 is in frame 2 twice"):
        read_clip(sequence(tmp_path, None, "2,1,1,2,3,4,1,1\n2,1,5,6,3,4,1,1\n"), "gt")


def test_a_folder_of_sequences_and_a_sequence_are_told_apart(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    assert find_clips(tmp_path) == find_clips(folder) == [folder]
    with pytest.raises(ScoreError, match=r"there is no <sequence>/seqinfo\.ini in it"):
        find_clips(folder / "det")


def test_a_file_may_say_how_the_camera_moves(tmp_path: Path) -> None:
    folder = sequence(tmp_path, "")
    assert read_clip(folder).move(1) is None
    with pytest.raises(ScoreError, match=r"camera\.txt cannot be read"):
        read_clip(folder, camera=True)
    (folder / "camera.txt").write_text("2,1,0,5,0,1,-6\n")
    moves = [read_clip(folder, camera=True).move(number) for number in range(3)]
    assert moves[0] is None and moves[2] is None
    assert moves[1] is not None and moves[1].tolist() == [[1, 0, 5], [0, 1, -6]]
    for strange in ("2,1,0\n", "2,1,0,nan,0,1,-6\n", "2,one\n"):
        (folder / "camera.txt").write_text(strange)
        with pytest.raises(ScoreError, match=r"a line is frame,a,b,x,c,d,y"):
            read_clip(folder, camera=True)
