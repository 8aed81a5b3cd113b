"""The command lines, as far as they go without rendering."""

import sys

import pytest
from typer.testing import CliRunner

from footage.command import app, judge_app, main, parse_size
from footage.presets import JUDGING_SEEDS, PRESETS

WIDE = {"COLUMNS": "240", "TERM": "dumb", "NO_COLOR": "1"}


def asked(*words: str) -> str:
    result = CliRunner().invoke(judge_app if words[0] == "judge" else app, words[words[0] == "judge" :], env=WIDE)
    assert result.exit_code == 0, result.output
    return result.output


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a person gets to read."""
    monkeypatch.setattr(sys, "argv", ["match", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err
    return said.err


def test_help_names_what_there_is_to_do() -> None:
    said = asked("--help")
    for command in ("render", "contact-sheet", "demo-clip"):
        assert command in said


def test_help_names_every_preset() -> None:
    said = " ".join(asked("render", "--help").split())
    assert all(name in said for name in PRESETS)


@pytest.mark.parametrize("command", [("render",), ("contact-sheet",), ("judge",)])
def test_help_says_which_seeds_are_kept_for_judging(command: tuple[str, ...]) -> None:
    said = asked(*command, "--help")
    assert str(JUDGING_SEEDS[0]) in said and str(JUDGING_SEEDS[-1]) in said and "never train" in said


def test_the_judge_takes_a_judging_seed_by_itself() -> None:
    assert f"default: {JUDGING_SEEDS[0]}" in asked("judge", "--help")


def test_a_size_is_two_even_numbers() -> None:
    assert parse_size("1280X720") == (1280, 720)


@pytest.mark.parametrize("size", ["large", "1920", "1920x1080x3", "-2x4", "641x360", "32x32", "99998x2"])
def test_a_bad_size_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], size: str) -> None:
    said = refused(monkeypatch, capsys, "render", "out", f"--size={size}")
    assert size in said and ("1920x1080" in said or "even" in said)


def test_a_preset_that_does_not_exist_is_told_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(monkeypatch, capsys, "render", "out", "--preset", "cup-final")
    assert "cup-final" in said and all(name in said for name in PRESETS)


def test_seeds_below_zero_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--seed" in refused(monkeypatch, capsys, "render", "out", "--seed=-1")
