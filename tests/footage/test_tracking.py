"""Recorded tracking data, good and bad."""

import csv
from pathlib import Path

import numpy as np
import pytest

from footage.match.play import play_match
from footage.presets import preset
from footage.tracking.positions import TrackingError, play_from_tracking
from footage.tracking.rows import rows_of_csv
from footage.world import Action, Play

Table = list[list[str]]
HEADER = ["frame", "team", "player", "x", "y"]


@pytest.fixture(scope="module")
def played() -> Play:
    return play_match(preset("league"), 4, 4.0)


def table_of(play: Play, shift: tuple[float, float] = (0.0, 0.0), scale: tuple[float, float] = (1.0, 1.0)) -> Table:
    """A play as rows, centre origin unless shifted."""
    rows = [HEADER]
    for k in range(len(play.at_m)):
        for person in play.people:
            if person.side is not None and play.present[k, person.id - 1]:
                x, y = (play.at_m[k, person.id - 1] + shift) * scale
                rows.append([str(k), person.side, str(person.number), f"{x:.5f}", f"{y:.5f}"])
        x, y = (play.ball_m[k, :2] + shift) * scale
        rows.append([str(k), "ball", "", f"{x:.5f}", f"{y:.5f}"])
    return rows


def written(folder: Path, table: Table) -> Path:
    path = folder / "play.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(table)
    return path


def failure(folder: Path, table: Table, fps: float = 30.0) -> str:
    with pytest.raises(TrackingError) as raised:
        play_from_tracking(written(folder, table), fps=fps)
    told = str(raised.value)
    assert "\n" not in told
    return told


def small() -> Table:
    """Two frames of eleven against eleven."""
    rows = [HEADER]
    for frame in range(60):
        for team, sign in (("home", -1), ("away", 1)):
            rows += [[str(frame), team, f"p{k}", str(sign * (5 + 4.0 * k)), str(3.0 * k - 15)] for k in range(11)]
        rows.append([str(frame), "ball", "", "1", "1"])
    return rows


@pytest.mark.parametrize("shift", [(0.0, 0.0), (52.5, 34.0)])
def test_a_play_that_was_written_is_read_again(tmp_path: Path, played: Play, shift: tuple[float, float]) -> None:
    read = play_from_tracking(written(tmp_path, table_of(played, shift)), fps=30.0)
    squad = [p.id - 1 for p in played.people if p.side is not None and played.present[:, p.id - 1].all()]
    assert np.abs(read.at_m - played.at_m[:, squad]).max() < 0.002
    assert np.abs(read.ball_m[:, :2] - played.ball_m[:, :2]).max() < 0.002
    assert read.rate == 30.0
    assert read.present.all()
    assert [p.side for p in read.people] == [played.people[k].side for k in squad]
    assert sum(p.role == "goalkeeper" for p in read.people) == 2


def test_people_face_where_they_run_and_turn_smoothly(tmp_path: Path, played: Play) -> None:
    read = play_from_tracking(written(tmp_path, table_of(played)), fps=30.0)
    velocity = np.diff(read.at_m.astype(float), axis=0) * 30
    fast = np.sqrt((velocity**2).sum(axis=2)) > 3.5
    off = np.abs(np.angle(np.exp(1j * (np.arctan2(velocity[..., 1], velocity[..., 0]) - read.facing[1:]))))
    assert np.median(off[fast]) < 0.4
    assert np.abs(np.diff(read.facing, axis=0)).max() * 30 < 6.5


def test_whoever_the_ball_leaves_fast_has_kicked_it(tmp_path: Path) -> None:
    table = small()
    for row in table[1:]:
        if row[1] == "ball":
            frame = int(row[0])
            row[3], row[4] = str(5.4 + max(0, frame - 30) * 0.5), "-15"
    read = play_from_tracking(written(tmp_path, table), fps=30.0)
    kicks = np.argwhere(read.action == Action.KICK)
    assert {int(who) for _, who in kicks} == {11}
    assert 20 <= kicks[:, 0].min() <= 30


def test_short_gaps_are_closed(tmp_path: Path) -> None:
    table = [row for row in small() if not (row[2] == "p3" and row[1] == "home" and row[0] in ("20", "21", "22"))]
    read = play_from_tracking(written(tmp_path, table), fps=30.0)
    assert read.present.all()
    assert np.allclose(read.at_m[21, 3], (-17.0, -6.0))


def test_a_long_gap_names_who_is_missing_when(tmp_path: Path) -> None:
    gone = [str(frame) for frame in range(10, 50)]
    told = failure(tmp_path, [row for row in small() if not (row[1:3] == ["home", "p3"] and row[0] in gone)])
    assert "home p3" in told
    assert "after frame 9" in told


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["5", "home", "p0", "nan", "1"], "x is 'nan', not a number"),
        (["5", "home", "p0", "1", "left"], "y is 'left', not a number"),
        (["5", "home", "p0", "1", ""], "y is '', not a number"),
        (["5.5", "home", "p0", "1", "1"], "frame is '5.5'"),
        (["3", "home", "p0", "1", "1"], "frame 3 comes after frame 59"),
        (["59", "home", "p0", "1", "1"], "home p0 is twice in frame 59"),
        (["60", "home", "p0", "1"], "4 values"),
        (["60", "", "p0", "1", "1"], "team or player is empty"),
        (["60", "third", "p0", "1", "1"], "3 teams"),
        (["99999999999", "home", "p0", "1", "1"], "432000 at most"),
        (["60", "home", "p0", "400", "1"], "off the pitch"),
    ],
)
def test_a_bad_row_is_told_with_its_place(tmp_path: Path, values: list[str], says: str) -> None:
    told = failure(tmp_path, [*small(), values])
    assert says in told
    if "at most" not in says and "teams" not in says and "pitch" not in says:
        assert f"line {len(small()) + 1}" in told


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["frame", "team", "player", "x"], "no column y"),
        ([*HEADER, "speed"], "unknown column 'speed'"),
        ([*HEADER, "x"], "named twice"),
        ([], "is empty"),
    ],
)
def test_a_bad_header_is_told(tmp_path: Path, header: list[str], says: str) -> None:
    assert says in failure(tmp_path, [header] if header else [])


def test_wrong_units_are_recognised(tmp_path: Path, played: Play) -> None:
    assert "centimetres" in failure(tmp_path, table_of(played, scale=(100.0, 100.0)))
    assert "between 0 and 1" in failure(tmp_path, table_of(played, (52.5, 34.0), (1 / 105, 1 / 68)))
    assert "between -1 and 1" in failure(tmp_path, table_of(played, scale=(1 / 52.5, 1 / 34)))


def test_a_wrong_frame_rate_is_recognised(tmp_path: Path) -> None:
    table = small()
    for row in table[1:]:
        row[3] = str(float(row[3]) + 0.5 * (int(row[0]) % 20))
    assert "frames a second" in failure(tmp_path, table, fps=60.0)


def test_a_match_needs_people_and_a_ball(tmp_path: Path) -> None:
    assert "only 6 people" in failure(
        tmp_path, [r for r in small() if r[1] == "ball" or r[2] in ("player", "p0", "p1", "p9")]
    )
    assert "no ball" in failure(tmp_path, [row for row in small() if row[1] != "ball"])
    assert "no rows" in failure(tmp_path, [HEADER])


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="cannot be read"):
        play_from_tracking(tmp_path / "nowhere.csv")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    with pytest.raises(TrackingError, match="is not text"):
        play_from_tracking(tmp_path / "picture.csv")
    with pytest.raises(TrackingError, match="no provider 'nobody'"):
        play_from_tracking("nobody:a,b")


def test_a_giant_file_is_not_swallowed(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="more than 100 rows"):
        rows_of_csv(written(tmp_path, small()), most=100)


@pytest.mark.filterwarnings("ignore:The pitch dimensions")
def test_what_kloppy_reads_is_read_through_it(tmp_path: Path) -> None:
    pytest.importorskip("kloppy")
    for team, sign in (("Home", 1), ("Away", -1)):
        names = [f"Player{k + (0 if team == 'Home' else 20)}" for k in range(1, 12)]
        lines = [
            ",,," + ",".join(f"{team}," for _ in names) + ",,",
            ",,," + ",".join(f"{n[6:]}," for n in names) + ",,",
        ]
        lines.append("Period,Frame,Time [s]," + ",".join(f"{n}," for n in names) + ",Ball,")
        for frame in range(1, 6):
            at = ",".join(f"{0.5 + sign * 0.04 * k:.5f},{0.08 * k:.5f}" for k in range(11))
            lines.append(f"1,{frame},{frame / 25:.2f},{at},0.5,0.5")
        (tmp_path / f"{team}.csv").write_text("\n".join(lines) + "\n")
    read = play_from_tracking(f"metrica:{tmp_path}/Home.csv,{tmp_path}/Away.csv")
    assert read.at_m.shape == (5, 22, 2)
    assert read.rate == 25.0
    assert np.abs(read.at_m[:, 0] - (0.0, -34.0)).max() < 0.05
    assert np.abs(read.ball_m[:, :2]).max() < 0.05
