"""The ring: what is written is what is read, or the reader is told that it is gone."""

import multiprocessing
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.pictures import FrameGone
from stream_engine.ring import (
    PictureTooLarge,
    RingError,
    RingReader,
    RingShape,
    RingWriter,
    reserve,
)
from tests.fakes import frame_ref

SHAPE = RingShape.for_pictures(slots=12, width=64, height=36)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    reserve(tmp_path, SHAPE, ["cam"])
    return tmp_path / "cam.ring"


def put(writer: RingWriter, value: int, width: int = 64, height: int = 36) -> tuple[int, int]:
    return writer.write(width, height, lambda out: out.fill(value))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 32), st.integers(1, 18), st.integers(0, 255)), min_size=1, max_size=40))
def test_the_last_pictures_are_readable_and_older_ones_are_gone(pictures: list[tuple[int, int, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        reserve(Path(folder), SHAPE, ["cam"])
        writer, reader = RingWriter(Path(folder) / "cam.ring"), RingReader(Path(folder) / "cam.ring")
        refs = []
        for half_width, half_height, value in pictures:
            width, height = half_width * 2, half_height * 2
            slot, generation = put(writer, value, width, height)
            refs.append((frame_ref(slot=slot, generation=generation, width=width, height=height), value))
        for ref, value in refs[-SHAPE.slots :]:
            with reader.view(ref) as picture:
                assert picture.shape == (ref.height * 3 // 2, ref.width)
                assert (picture == value).all()
        for ref, _ in refs[: -SHAPE.slots]:
            with pytest.raises(FrameGone), reader.view(ref):
                pass


def test_a_reader_that_is_lapped_while_reading_is_told(path: Path) -> None:
    writer, reader = RingWriter(path), RingReader(path)
    slot, generation = put(writer, 1)
    with pytest.raises(FrameGone), reader.view(frame_ref(slot=slot, generation=generation)):
        for value in range(SHAPE.slots):
            put(writer, value)


@pytest.mark.parametrize("change", [{"slot": 99}, {"slot": -1}, {"generation": 1}, {"width": 4000}])
def test_a_reference_that_was_never_given_out_is_refused(path: Path, change: dict[str, Any]) -> None:
    writer, reader = RingWriter(path), RingReader(path)
    slot, generation = put(writer, 1)
    ref = frame_ref(**{"slot": slot, "generation": generation, **change})
    with pytest.raises(FrameGone), reader.view(ref):
        pass


def test_readers_cannot_write(path: Path) -> None:
    writer, reader = RingWriter(path), RingReader(path)
    slot, generation = put(writer, 1)
    with reader.view(frame_ref(slot=slot, generation=generation)) as picture, pytest.raises(ValueError):
        picture[0, 0] = 2


def test_a_picture_larger_than_a_slot_is_an_error_that_names_the_keys(path: Path) -> None:
    with pytest.raises(PictureTooLarge, match=r"ring\.max_width"):
        put(RingWriter(path), 1, 640, 360)


def _die_while_writing(path: Path) -> None:
    RingWriter(path).write(64, 36, lambda out: os._exit(9))


def test_a_slot_left_half_written_by_a_dead_writer_is_mended_and_not_readable(path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(path,))
    child.start()
    child.join(30)
    assert child.exitcode == 9
    writer, reader = RingWriter(path), RingReader(path)
    for generation in (1, 2):
        with pytest.raises(FrameGone), reader.view(frame_ref(slot=0, generation=generation)):
            pass
    assert put(writer, 7) == (1, 2)


def test_a_ring_larger_than_the_free_space_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(RingError, match=r"MiB are free; lower ring\.slots"):
        reserve(tmp_path, RingShape(slots=1 << 20, slot_bytes=1 << 30), ["cam"])
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_ring_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ring").write_bytes(os.urandom(8192))
    with pytest.raises(RingError, match="not a ring"):
        RingReader(tmp_path / "x.ring")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tiny tmpfs needs root")
def test_a_tiny_shared_memory_is_a_clear_error_and_never_a_bus_error(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=False)
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        with pytest.raises(RingError, match=r"set ring\.dir"):
            reserve(tmp_path, RingShape.for_pictures(48, 1920, 1088), ["cam"])
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def _read_for_a_while(path: Path, refs: "multiprocessing.Queue[tuple[int, int, int]]", done: object) -> None:
    reader = RingReader(path)
    torn = gone = whole = 0
    while (said := refs.get()) != (0, 0, 0):
        slot, generation, value = said
        try:
            with reader.view(frame_ref(slot=slot, generation=generation)) as picture:
                wrong = not (np.asarray(picture).copy() == value).all()
        except FrameGone:
            gone += 1
        else:
            torn += wrong
            whole += 1
    done.put((torn, gone, whole))  # type: ignore[attr-defined]


def test_another_process_never_takes_a_torn_picture_for_a_whole_one(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    refs, done = spawn.Queue(), spawn.Queue()
    child = spawn.Process(target=_read_for_a_while, args=(path, refs, done))
    child.start()
    writer = RingWriter(path)
    for number in range(3000):
        refs.put((*put(writer, number % 256), number % 256))
    refs.put((0, 0, 0))
    torn, gone, whole = done.get(timeout=60)
    child.join(30)
    assert torn == 0
    assert gone + whole == 3000
    assert whole > 0
