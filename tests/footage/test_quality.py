"""The figures of docs/quality.md: whom they judge, what is kept of it, and that the document has their tables."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from footage.command import judge_app
from footage.film import Order
from footage.judging import Verdict
from footage.presets import JUDGING_SEEDS, PRESETS, preset
from footage.quality import TABLES, built_in, header, judge_each, markdown, matches
from stream_engine.config import Config
from stream_engine.scoring import ScoreError
from stream_engine.scoring.score import score
from tests.scoring.fakes import make_events, make_truth

DOCUMENT = Path(__file__).parents[2] / "docs/quality.md"
TRUTH = make_truth([("main", 10)])
VERDICT = Verdict(score(TRUTH, make_events(TRUTH)), 7.25, None)
ORDERS = [Order(preset("league"), 10_001, 2.0), Order(preset("cuts"), 10_002, 2.0)]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which matches the service had to run over; it does not."""
    called: list[Path] = []

    def judge(match: Path, config: Config | None, report: Path | None) -> Verdict:
        called.append(match)
        return VERDICT

    monkeypatch.setattr("footage.quality.judge_match", judge)
    return called


def film(order: Order) -> Path:
    return Path(order.preset.name)


def test_the_matches_are_judging_ones_of_every_preset() -> None:
    for orders in (matches(None, None), matches(10_004, None), matches(None, 5.0)):
        assert {order.preset.name for order in orders} == set(PRESETS)
        assert all(order.seed in JUDGING_SEEDS for order in orders)
    assert {(order.seed, order.seconds) for order in matches(10_004, 5.0)} == {(10_004, 5.0)}


def test_the_built_in_models_look_at_every_frame() -> None:
    stages = built_in().stages
    assert (stages.detect.net, stages.propagate.net) == ("nano-detector", "nano-propagator")
    assert stages.associate.net == "nano-reid"
    assert (stages.detect.every, stages.propagate.every) == (1, 1)


def test_what_was_judged_is_not_judged_again_unless_its_stages_are_others(judged: list[Path], tmp_path: Path) -> None:
    first = list(judge_each(ORDERS[:1], built_in(), tmp_path, film))
    again = list(judge_each(ORDERS, built_in(), tmp_path, film))
    assert judged == [Path("league"), Path("cuts")]
    assert again[0][1].figures() == first[0][1].figures()
    assert list(judge_each(ORDERS, None, tmp_path, film)) and len(judged) == 4
    assert not list(tmp_path.glob("*.part"))


def test_a_verdict_with_other_figures_is_made_anew_and_a_bad_folder_is_an_error(
    judged: list[Path], tmp_path: Path
) -> None:
    list(judge_each(ORDERS[:1], None, tmp_path, film))
    [kept] = tmp_path.glob("*.json")
    kept.write_bytes(kept.read_bytes().replace(b'"hota"', b'"older"'))
    list(judge_each(ORDERS[:1], None, tmp_path, film))
    assert len(judged) == 2
    with pytest.raises(ScoreError, match="--keep"):
        list(judge_each(ORDERS[:1], None, kept, film))


def test_the_document_has_every_table_that_is_printed() -> None:
    told = DOCUMENT.read_text()
    for title, columns in TABLES.items():
        assert f"## {title}\n" in told and header(columns) in told, title


def test_a_row_has_a_cell_for_each_column_and_says_of_how_many() -> None:
    lines = [line for line in markdown([(ORDERS[0], VERDICT)]).splitlines() if line.startswith("|")]
    assert all(lines[n].count("|") == lines[n + 2].count("|") for n in range(0, len(lines), 3))
    rows = [line for line in lines if line.startswith("| league 10001, 2 |")]
    assert len(rows) == len(TABLES)
    teams = rows[list(TABLES).index("Teams and roles")]
    assert "| 0.0 | 1.000 | 1.000 | 1.000 of 20 | 0 | 0 | 0 | 1.000 |" in teams
    assert rows[-1].endswith("| 7.2 |") and "–" in rows[0]


def test_the_command_prints_tables_and_a_list(
    judged: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("footage.judging.filmed", lambda order, progress: film(order))
    words = ["--all", "--seed", "10001", "--seconds", "2", "--keep", str(tmp_path), "--markdown", "--json"]
    done = CliRunner().invoke(judge_app, words)
    assert done.exit_code == 0, done.output
    *tables, last = done.stdout.splitlines()
    told: list[dict[str, Any]] = msgspec.json.decode(last)
    assert len(told) == len(judged) == len(PRESETS) and told[0]["frames_per_s"] == 7.25
    assert sum(line.startswith("| similar-kits 10001, 2 |") for line in tables) == len(TABLES)


def test_a_report_is_for_one_match_that_is_judged_now(tmp_path: Path) -> None:
    for words in (["--all"], ["--keep", str(tmp_path)]):
        refused = CliRunner().invoke(judge_app, [*words, "--report", str(tmp_path / "report")])
        assert isinstance(refused.exception, ValueError) and "--report" in str(refused.exception)
    assert not (tmp_path / "report").exists()
