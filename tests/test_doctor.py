"""What is said of this machine: where things lie that outlive a run."""

from pathlib import Path

from stream_engine.config import Config, StreamConfig
from stream_engine.doctor import examine_config
from stream_engine.keeping import FileKeep
from stream_engine.runtime import Places


def test_where_what_is_kept_lies_and_what_it_holds_is_named(tmp_path: Path) -> None:
    config = Config(streams=(StreamConfig(name="cam", url="srt://h:1"),), state_dir=str(tmp_path / "state"))
    kept = Places.of(config).kept
    kept.mkdir(parents=True)
    FileKeep(kept / "associate.main.state").save(bytes(5000))
    found = examine_config(config)[-1]
    assert (found.what, found.ok) == (f"state ({tmp_path}/state)", True)
    assert found.found == f"epochs, and 4 KiB of who is who (numbers, no pictures) in {kept}"


def test_a_state_folder_that_cannot_be_made_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = Config(streams=(StreamConfig(name="cam", url="srt://h:1"),), state_dir=str(tmp_path / "file" / "state"))
    found = examine_config(config)[-1]
    assert (found.ok, found.found, found.do) == (False, "cannot be written", "set state_dir")
