"""The live table: what it says follows from the events, and it fits a terminal."""

import io

from msgspec.structs import replace
from rich.console import Console

from stream_engine.messages import ChangeKind, Role, StatusEvent, TrackChange, TrackedObject, Who
from stream_engine.records import frame_event
from stream_engine.watch import Tally, percentile, table, who_is_seen
from tests.fakes import tagged


def test_a_stream_is_summed_up_from_its_last_seconds() -> None:
    tally = Tally()
    for n in range(300):
        tally.add(frame_event(tagged(seq=n, arrival_ns=0), now_ns=(n % 50) * 1_000_000), now_s=n / 30)
    tally.add(
        StatusEvent(
            stream="cam",
            state="live",
            epoch=1,
            decoded=302,
            frames=300,
            gaps={"late": 2},
            restarts={},
            rejected={},
            stale=0,
            output_dropped=0,
            noted_ns=0,
        ),
        10.0,
    )
    row = tally.rows(now_s=10.0)["cam"]
    assert (row["fps"], row["age_p50_ms"], row["age_p99_ms"]) == (30.0, 25.0, 49.0)
    assert (row["state"], row["frames"], row["gaps"]) == ("live", 300, {"late": 2})


def test_a_stream_that_fell_silent_has_no_age() -> None:
    tally = Tally()
    tally.add(frame_event(tagged(), now_ns=2_000_000_000), now_s=0.0)
    row = tally.rows(now_s=60.0)["cam"]
    assert (row["fps"], row["age_p50_ms"], row["state"]) == (0.0, None, "silent")


def test_the_table_fits_eighty_columns() -> None:
    tally = Tally()
    tally.add(frame_event(tagged("reverse-angle", health="repeating", width=3840), now_ns=2_000_000_000), now_s=0.0)
    trouble = {"gaps": {"worker_lost": 12_345}, "restarts": {"detect.main": 12}}
    rows = {name: row | trouble for name, row in tally.rows(1.5).items()}
    text = io.StringIO()
    Console(file=text, width=80).print(table(rows, "title"))
    assert all(len(line) <= 80 for line in text.getvalue().splitlines())
    for word in ("reverse-angle", "12345", "detect.main restarted 12×", "…"):
        assert (word in text.getvalue()) == (word != "…")


def status(ease: int, eased: int) -> StatusEvent:
    return StatusEvent(
        stream="cam", state="live", epoch=1, decoded=9, frames=9, gaps={}, restarts={}, rejected={}, stale=0,
        output_dropped=0, noted_ns=0, ease=ease, eased=eased,
    )  # fmt: skip


def test_a_stream_for_which_less_is_done_says_so_and_afterwards_how_often_it_was() -> None:
    tally = Tally()
    tally.add(status(ease=2, eased=120), 0.5)
    assert "live, eased 2" in shown(tally) and "cam: eased 2; 120 frames so far with less" in shown(tally)
    tally.add(status(ease=0, eased=150), 0.9)
    assert "live, eased" not in shown(tally) and "cam: eased 0; 150 frames so far with less" in shown(tally)
    assert all(len(line) <= 80 for line in shown(tally).splitlines())


def test_the_burst_in_which_a_connection_starts_counts_neither_as_speed_nor_as_age() -> None:
    tally = Tally()
    for n in range(40):
        tally.add(frame_event(tagged(seq=n, arrival_ns=0), now_ns=900_000_000), now_s=0.001 * n)
    assert (tally.rows(0.5)["cam"]["fps"], tally.rows(0.5)["cam"]["state"]) == (None, "live")
    for n in range(90):
        tally.add(frame_event(tagged(seq=40 + n, arrival_ns=0), now_ns=9_000_000), now_s=1.0 + n / 30)
    row = tally.rows(4.0)["cam"]
    assert (row["fps"], row["age_p99_ms"]) == (30.0, 9.0)


def test_percentiles_of_nothing_are_nothing() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def change(kind: ChangeKind, *ids: int, seq: int = 7, by: Who = "tracker", **told: str) -> TrackChange:
    values = {"name": None, "detail": ""} | told
    return TrackChange(stream="cam", epoch=2, seq=seq, kind=kind, track_ids=ids, by=by, noted_ns=0, **values)  # type: ignore[arg-type]


def shown(tally: Tally) -> str:
    text = io.StringIO()
    Console(file=text, width=80).print(table(tally.rows(1.0), "title"))
    return text.getvalue()


def test_who_was_decided_to_be_who_is_told_and_who_came_and_went_is_counted() -> None:
    tally = Tally()
    for each in (
        change("started", 1),
        change("started", 2),
        change("resumed", 3, 12, detail="by its looks"),
        change("lost", 2),
        change("swapped", 3, 7, seq=9, by="operator"),
        change("named", 3, name="Bukayo", by="operator"),
    ):
        tally.add(each, 0.5)
    row = tally.rows(1.0)["cam"]
    assert row["changed"] == {"started": 2, "resumed": 1, "lost": 1, "swapped": 1, "named": 1}
    assert row["decided"] == [
        {"frame": "2/7", "what": "resumed", "tracks": "3, 12", "why": "by its looks"},
        {"frame": "2/9", "what": "swapped", "tracks": "3, 7", "why": "by the operator"},
        {"frame": "2/7", "what": "named", "tracks": "3", "why": "Bukayo; by the operator"},
    ]
    lines = [line.strip() for line in shown(tally).splitlines()]
    assert "cam: identities started 2, resumed 1, lost 1, swapped 1, named 1" in lines
    assert [line.split()[2] for line in lines if line.startswith("cam     2/")] == ["named", "swapped", "resumed"]


def test_the_ledger_keeps_the_last_few_and_what_is_in_them_does_nothing_to_a_terminal() -> None:
    tally = Tally()
    for seq in range(20):
        tally.add(change("split", 61, 62, seq=seq, detail="[red]\x1b[2J" + "x" * 5000), 0.5)
    decided = tally.rows(1.0)["cam"]["decided"]
    assert [line["frame"] for line in decided] == ["2/15", "2/16", "2/17", "2/18", "2/19"]
    text = shown(tally)
    assert "\x1b" not in text and "[red]·[2J" in text
    assert all(len(line) <= 80 for line in text.splitlines()) and len(text.splitlines()) < 50


def seen(role: Role, team: str | None, count: int = 1) -> list[TrackedObject]:
    return [TrackedObject(n, role, team, 0.9, (0.0, 0.0, 9.0, 9.0), None, fresh=True) for n in range(count)]


def test_who_is_in_the_last_frame_is_counted_by_team_and_role() -> None:
    crowd = [
        *seen("player", "unknown"),
        *seen("player", "B", 8),
        *seen("referee", None, 2),
        *seen("goalkeeper", "A"),
        *seen("player", "A", 9),
        *seen("ball", None),
    ]
    tally = Tally()
    for n, objects in enumerate((crowd[:3], crowd)):
        now_s = 1.5 * n  # the first is part of the burst
        tally.add(replace(frame_event(tagged(seq=n), now_ns=2_000_000_000), objects=tuple(objects)), now_s=now_s)
    assert tally.rows(1.6)["cam"]["objects"] == {"A": 9, "B": 8, "gk": 1, "ref": 2, "ball": 1, "?": 1}
    text = io.StringIO()
    Console(file=text, width=80).print(table(tally.rows(1.6), "title"))
    assert " cam: seen A 9 · B 8 · gk 1 · ref 2 · ball 1 · ? 1" in text.getvalue()
    assert tally.rows(60.0)["cam"]["objects"] == {}


def test_home_comes_first_and_where_nobody_tags_players_are_players() -> None:
    assert list(who_is_seen([*seen("player", "away"), *seen("player", "home")])) == ["home", "away"]
    assert who_is_seen(seen("player", None, 3)) == {"players": 3}
    assert list(who_is_seen(seen("player", "\x1b[2J"))) == ["·[2J"]


def test_a_changed_role_is_told_and_decided_teams_are_counted() -> None:
    tally = Tally()
    tally.add(change("team_decided", 4, by="tagger", team="A", detail="of 12 looks"), 0.5)
    tally.add(change("role_changed", 5, by="tagger", role="goalkeeper", detail="8 of 10 votes"), 0.5)
    row = tally.rows(1.0)["cam"]
    assert row["changed"] == {"team_decided": 1, "role_changed": 1}
    assert row["decided"] == [
        {"frame": "2/7", "what": "role_changed", "tracks": "5", "why": "goalkeeper; 8 of 10 votes"}
    ]
