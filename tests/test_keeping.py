"""What workers keep: it comes back as it was left, or not at all, and a disk that fails stops nobody."""

import os
import resource
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine import keeping
from stream_engine.keeping import HEADER, MAGIC, VERSION, FileKeep

STATE = bytes(range(256)) * 4
LONGEST_MS = 2.0  # of a frame's 33, for what a match's identities take


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "associate.main.state"


def test_a_successor_finds_what_was_left_last_and_nobody_else_can_read_it(path: Path) -> None:
    assert FileKeep(path).load() is None
    keep = FileKeep(path)
    for state in (b"first", b"", STATE):
        keep.save(state)
        assert FileKeep(path).load() == state
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert keep.failed == 0


@settings(deadline=None)  # it waits for a disk
@given(st.binary(max_size=64), st.data())
def test_whatever_is_torn_or_spoilt_counts_as_nothing(
    tmp_path_factory: pytest.TempPathFactory, state: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("kept") / "x.state"
    FileKeep(path).save(state)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    flipped = data.draw(st.integers(0, len(whole) * 8 - 1))
    spoilt = bytearray(whole)
    spoilt[flipped // 8] ^= 1 << flipped % 8
    for content in (whole[:cut], whole + b"\0", bytes(spoilt)):
        path.write_bytes(content)
        assert FileKeep(path).load() is None


FOREIGN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "too short"),
    "text": (b'{"clean": true, "epochs": {}}', "another kind of file"),
    "newer": (HEADER.pack(MAGIC, VERSION + 1, 0, 0), "of version 2; this one reads 1"),
    "vast by its own word": (HEADER.pack(MAGIC, VERSION, 0, 2**63), "cut short or grown"),
    "of another checksum": (HEADER.pack(MAGIC, VERSION, 7, 2) + b"xy", "its checksum is another"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_why_a_file_is_not_used_is_one_line(path: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    content, why = FOREIGN[what]
    path.write_bytes(content)
    assert FileKeep(path).load() is None
    assert caplog.messages == [f"{path} is not what a worker left ({why}): begins without it"]


def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    FileKeep(tmp_path / "other.state").save(STATE)
    path.symlink_to(tmp_path / "other.state")
    assert FileKeep(path).load() is None
    path.unlink()
    os.mkfifo(path)
    assert FileKeep(path).load() is None
    path.unlink()
    path.mkdir()
    assert FileKeep(path).load() is None
    assert len(caplog.messages) == 3 and all("cannot be read" in line for line in caplog.messages)


def test_more_than_may_be_kept_is_neither_read_nor_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep = FileKeep(path)
    keep.save(STATE)
    monkeypatch.setattr(keeping, "MOST_BYTES", 100)
    keep.save(STATE[:101])
    assert keep.failed == 1
    assert FileKeep(path).load() is None
    assert "cut short or grown" in caplog.messages[-1]


def test_a_folder_that_cannot_be_written_is_told_once_for_each_reason_and_counted(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep = FileKeep(path.parent / "gone" / "x.state")
    for _ in range(3):
        keep.save(STATE)
    (path.parent / "gone").write_bytes(b"")
    keep.save(STATE)
    assert keep.failed == 4
    assert ["No such file or directory" in line for line in caplog.messages] == [True, False]
    assert "Not a directory" in caplog.messages[1]


def test_a_disk_that_takes_no_more_leaves_what_was_there(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep = FileKeep(path)
    keep.save(b"before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))  # writes end there as they do on a full disk
    try:
        keep.save(STATE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "No space left on device" in caplog.messages[0]
    assert (keep.failed, FileKeep(path).load()) == (1, b"before")
    keep.save(STATE)
    assert FileKeep(path).load() == STATE


def test_a_save_that_a_kill_cut_short_leaves_the_one_before_or_the_new_one(path: Path) -> None:
    FileKeep(path).save(STATE)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(path.read_bytes()[:40])
    assert FileKeep(path).load() == STATE, "killed while it wrote"
    fresh.unlink()
    path.rename(fresh)
    assert FileKeep(path).load() == STATE, "killed before it had its name"
    FileKeep(path).save(b"next")
    assert FileKeep(path).load() == b"next"


def test_a_match_s_identities_are_kept_in_a_fraction_of_a_frame(path: Path) -> None:
    keep, took_ms = FileKeep(path), []
    for _ in range(50):
        state = os.urandom(300_000)
        start = time.perf_counter()
        keep.save(state)
        took_ms.append((time.perf_counter() - start) * 1e3)
    took_ms.sort()
    print(f"300 kB in {took_ms[25]:.2f} ms, {took_ms[-1]:.2f} ms at most")
    assert took_ms[25] < LONGEST_MS
