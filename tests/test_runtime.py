"""The runtime directory: private, taken by one instance, left clean; epochs go on."""

import json
import os
from pathlib import Path

import pytest

from stream_engine.config import Config, RingConfig, StreamConfig
from stream_engine.runtime import Places, RuntimeDirError, forget_kept, load_epochs, occupy, private_dir


def config(folder: Path, runtime: str = "run") -> Config:
    return Config(
        streams=(StreamConfig(name="cam", url="x"),),
        runtime_dir=str(folder / runtime),
        state_dir=str(folder / "state"),
        ring=RingConfig(dir=str(folder), slots=12, max_width=64, max_height=36),
    )


def test_everything_is_there_while_it_is_occupied_and_nothing_afterwards(tmp_path: Path) -> None:
    with occupy(config(tmp_path)) as (places, board):
        assert places.ring("cam").exists() and places.board.exists()
        assert places.runtime.stat().st_mode & 0o777 == 0o700
        assert places.ring("cam").stat().st_mode & 0o777 == 0o600
        assert board.stream("cam")["last_seq"] == -1
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_second_instance_is_refused_and_harms_the_first_in_nothing(tmp_path: Path) -> None:
    with occupy(config(tmp_path)) as (places, _):
        with pytest.raises(RuntimeDirError, match="another instance"), occupy(config(tmp_path)):
            pass
        assert places.ring("cam").exists() and places.board.exists() and places.lock.exists()


def test_remains_of_a_killed_run_are_cleared(tmp_path: Path) -> None:
    places = Places.of(config(tmp_path))
    places.runtime.mkdir(mode=0o700)
    places.rings.mkdir()
    for left in (places.board, places.ring("cam"), places.runtime / "detect.main.pipe"):
        left.write_bytes(b"old")
    with occupy(config(tmp_path)):
        assert not (places.runtime / "detect.main.pipe").exists()
        assert places.ring("cam").stat().st_size > 3


def test_rings_of_another_instance_that_was_killed_are_swept_and_those_of_one_that_runs_are_not(tmp_path: Path) -> None:
    dead = tmp_path / f"stream_engine-{os.getuid()}-dead"
    dead.mkdir()
    (dead / "owner").write_text(str(tmp_path / "gone"))
    with occupy(config(tmp_path, "one")) as (one, _), occupy(config(tmp_path, "two")):
        assert not dead.exists()
        assert one.ring("cam").exists()


def test_epochs_go_on_and_after_a_killed_run_well_ahead(tmp_path: Path) -> None:
    for epoch, expected in ((5, 0), (9, 5)):
        with occupy(config(tmp_path)) as (_, board):
            assert board.stream("cam")["epoch"] == expected
            board.stream("cam")["epoch"] = epoch
    with occupy(config(tmp_path)) as (places, _):
        as_a_kill_leaves_it = places.epochs.read_bytes()
    places.epochs.write_bytes(as_a_kill_leaves_it)
    with occupy(config(tmp_path)) as (_, board):
        assert board.stream("cam")["epoch"] == 19


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"clean": true, "epochs": {"cam": "x"}}'])
def test_a_corrupt_epoch_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    places = Places.of(config(tmp_path))
    places.state.mkdir()
    places.epochs.write_bytes(content)
    assert load_epochs(places).epochs == {}


def test_streams_that_are_not_configured_today_keep_their_epochs(tmp_path: Path) -> None:
    places = Places.of(config(tmp_path))
    places.state.mkdir()
    places.epochs.write_text(json.dumps({"clean": True, "epochs": {"other": 7}}))
    with occupy(config(tmp_path)):
        pass
    assert load_epochs(places).epochs == {"other": 7, "cam": 0}


def test_what_workers_keep_is_private_and_apart_for_each_runtime_directory(tmp_path: Path) -> None:
    with occupy(config(tmp_path, "one")) as (one, _), occupy(config(tmp_path, "two")) as (two, _):
        for places in (one, two):
            (places.kept / "associate.main.state").write_bytes(b"x")
            assert places.kept.stat().st_mode & 0o777 == 0o700
        forget_kept(one)
        assert not list(one.kept.iterdir()) and len(list(two.kept.iterdir())) == 1
    assert len(list(two.kept.iterdir())) == 1, "it is there for the next run"


def test_what_cannot_be_forgotten_is_an_error(tmp_path: Path) -> None:
    with occupy(config(tmp_path)) as (places, _):
        places.kept.rmdir()
        places.kept.symlink_to(tmp_path)
        with pytest.raises(RuntimeDirError, match="cannot be removed"):
            forget_kept(places)


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(RuntimeDirError, match="belongs to somebody else"):
        private_dir(tmp_path / "link")


def test_a_path_too_long_for_a_socket_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(RuntimeDirError, match="too long for a socket"), occupy(config(tmp_path, "x" * 100)):
        pass
    assert not list(tmp_path.iterdir())
