"""`stream-engine correct`: what may be said, what is told to a service, and what a mistake is called."""

from pathlib import Path
from typing import Any

import pytest
import zmq
from typer.testing import CliRunner

from stream_engine.bus import Inbox
from stream_engine.cli import KNOWN, app
from stream_engine.config import AssociateConfig, Config, RingConfig, StagesConfig, StreamConfig, load_config
from stream_engine.correcting import correct, correction_of
from stream_engine.messages import Correction, Masks
from stream_engine.runtime import occupy
from stream_engine.telling import TellingError


def configured(folder: Path, net: str = "motion") -> Config:
    return Config(
        streams=(StreamConfig(name="main", url="x"), StreamConfig(name="reverse", url="x", lane="two")),
        runtime_dir=str(folder / "run"),
        state_dir=str(folder / "state"),
        ring=RingConfig(dir=str(folder), slots=12, max_width=64, max_height=36),
        stages=StagesConfig(associate=AssociateConfig(net=net)),
    )


def test_each_way_of_putting_right_becomes_a_correction() -> None:
    assert correction_of("main", "swap", ("3", "7")) == Correction("main", "swap", (3, 7))
    assert correction_of("main", "merge", ("7", "3")) == Correction("main", "merge", (7, 3))
    assert correction_of("main", "split", ("0",)) == Correction("main", "split", (0,))
    newest = str(2**62 - 1)
    assert correction_of("main", "name", (newest, "-Ødegård")) == Correction("main", "name", (2**62 - 1,), "-Ødegård")


FORMS = "swap ID ID, merge ID ID, split ID, name ID NAME"
NO_ID = "is no track's id; those are the numbers that events have as track_id"
WRONG: list[tuple[str, tuple[str, ...], str]] = [
    ("exchange", ("3", "7"), f"'exchange' is nothing that can be put right; say one of: {FORMS}"),
    ("", (), "'' is nothing that can be put right"),
    ("swap", (), "swap: 0 words follow it; say: swap ID ID"),
    ("swap", ("3",), "swap: 1 words follow it; say: swap ID ID"),
    ("merge", ("3", "7", "9"), "merge: 3 words follow it; say: merge ID ID"),
    ("split", ("3", "7"), "split: 2 words follow it; say: split ID"),
    ("name", ("3",), "name: 1 words follow it; say: name ID NAME"),
    ("name", ("3", "Bukayo", "Saka"), "name: 3 words follow it"),
    ("swap", ("3", "3"), "swap: both tracks are 3; say: swap ID ID"),
    ("merge", ("3", "03"), "merge: both tracks are 3"),
    ("split", ("-1",), f"'-1' {NO_ID}"),
    ("split", ("3.0",), f"'3.0' {NO_ID}"),
    ("split", ("three",), NO_ID),
    ("split", ("",), NO_ID),
    ("split", ("²",), NO_ID),
    ("split", ("٣",), NO_ID),
    ("split", (str(2**62),), NO_ID),
    ("split", ("9" * 9999,), f"…' {NO_ID}"),
    ("name", ("Bukayo", "3"), NO_ID),
    ("name", ("3", ""), "name: '' must be 1 to 64 printable characters"),
    ("name", ("3", " "), "must be 1 to 64 printable characters"),
    ("name", ("3", "x" * 65), "must be 1 to 64 printable characters"),
    ("name", ("3", "\x1b[2J"), r"'\x1b[2J' must be 1 to 64 printable characters"),
    ("name", ("3", "two\nlines"), r"'two\nlines' must be 1 to 64 printable characters"),
    ("name", ("3", "\udcff"), "must be 1 to 64 printable characters"),
]


@pytest.mark.parametrize(("what", "words", "complaint"), WRONG)
def test_what_can_be_meant_of_no_tracks_is_one_line(what: str, words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(TellingError) as told:
        correction_of("main", what, words)
    assert complaint in str(told.value) and "\n" not in str(told.value)
    assert len(str(told.value)) < 250


def test_a_stream_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(TellingError, match="no stream is named 'wide'; there are: main, reverse"):
        correct(configured(tmp_path), "wide", "split", ("3",))


def test_a_service_that_has_no_tracks_is_told(tmp_path: Path) -> None:
    with pytest.raises(TellingError, match=r'stages.associate.net is "none", which has no tracks to correct'):
        correct(configured(tmp_path, "none"), "main", "split", ("3",))


def test_a_service_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(TellingError, match=f"no service runs in {tmp_path}/run; start it with"):
        correct(configured(tmp_path), "main", "split", ("3",))


def test_the_stage_of_the_stream_s_lane_is_told(tmp_path: Path) -> None:
    context: zmq.Context[Any] = zmq.Context()
    with occupy(configured(tmp_path)) as (places, _):
        inbox = Inbox(context, places.pipe("associate.two"), Masks, Correction)
        assert correct(configured(tmp_path), "reverse", "name", ("3", "Bukayo")) == "associate.two"
        assert inbox.receive(2000) == [Correction("reverse", "name", (3,), "Bukayo")]
        inbox.close()
    context.term()


def run(folder: Path, *words: str) -> Any:
    file = folder / "service.toml"
    file.write_text(
        f'runtime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n[ring]\ndir = "{folder}"\n'
        '[stages.associate]\nnet = "motion"\n[[streams]]\nname = "main"\nurl = "srt://h:1"\n'
    )
    return CliRunner().invoke(app, ["correct", str(file), "main", *words])


def test_the_command_says_whom_it_told_of_what(tmp_path: Path) -> None:
    context: zmq.Context[Any] = zmq.Context()
    run(tmp_path, "split", "3")  # writes the file
    with occupy(load_config(tmp_path / "service.toml")) as (places, _):
        inbox = Inbox(context, places.pipe("associate.main"), Masks, Correction)
        done = run(tmp_path, "name", "3", "-[red]x")
        heard = inbox.receive(2000)
        inbox.close()
    context.term()
    assert done.exit_code == 0, done.stderr
    assert "associate.main was told to name 3 -[red]x, from the next frame of main on" in done.stderr
    assert heard == [Correction("main", "name", (3,), "-[red]x")]


@pytest.mark.parametrize("words", [("swap", "3"), ("swap", "-3", "7"), ("split", "3"), ("mend",)])
def test_the_command_ends_with_a_complaint_that_is_one_line_elsewhere(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(tmp_path, *words).exception, KNOWN)
