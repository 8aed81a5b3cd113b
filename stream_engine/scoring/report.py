"""A report as a folder: figures, plots over time, and pictures of the worst moments."""

import html
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring import ScoreError
from stream_engine.scoring.boxes import Ints
from stream_engine.scoring.care import LIVE
from stream_engine.scoring.compare import Comparison
from stream_engine.scoring.people import People, pairs_of
from stream_engine.scoring.pictures import draw_frame
from stream_engine.scoring.plots import BLUE, GREEN, ORANGE, RED, Line, plot, smoothed, write_picture
from stream_engine.scoring.score import Score
from stream_engine.scoring.series import Series, frame_series, worst_frames
from stream_engine.scoring.table import rows_of
from stream_engine.scoring.teams import assign_teams, count_teams, labels_in_order
from stream_engine.scoring.teams_in_time import team_shares
from stream_engine.video import VideoError, pictures_at

WORST = 12

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1240px; margin: 2rem auto; padding: 0 1rem; color: #32373c }}
img {{ width: 100%; display: block; margin: .4rem 0 1.2rem }}
table {{ border-collapse: collapse }} td, th {{ padding: .15rem 1.2rem .15rem 0; text-align: left; font-weight: 400 }}
td:last-child {{ text-align: right; font-variant-numeric: tabular-nums }}
tr {{ border-bottom: 1px solid #e4e7ea }} p {{ color: #5c646c }}
</style>
<h1>{title}</h1>
<p>{about}</p>
<table>{figures}</table>
<h2>Over time</h2>
<p>Means over a second. Close-ups and replays have a grey ground.</p>
{plots}
<h2>The worst moments</h2>
<p>{moments_about}</p>
{moments}
</html>
"""


def write_report(folder: Path, compared: Comparison, score: Score, video: Path | None, worst: int = WORST) -> Path:
    """Write index.html and its pictures; without a video there are only figures and plots."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScoreError(f"{folder} cannot be made: {error.strerror}; choose another folder with --report") from None
    series = frame_series(compared)
    plots = _write_plots(folder, compared, series)
    moments = _write_moments(folder, compared, series, video, worst) if video else []
    index = folder / "index.html"
    index.write_text(_page(score, plots, moments, has_video=video is not None), encoding="utf-8")
    (folder / "score.json").write_bytes(msgspec.json.format(msgspec.json.encode(score)) + b"\n")
    return index


# --- plots --------------------------------------------------------------------------------------


def _write_plots(folder: Path, compared: Comparison, series: Series) -> list[str]:
    second = round(compared.truth.header.fps)
    bands = _apart(compared.people, compared.truth.header.fps)

    def mean(values: Floats | Ints) -> Floats:
        return smoothed(values.astype(np.float64), second)

    switches = np.cumsum(series.switches).astype(np.float64)
    if not compared.claimed:
        switches[:] = np.nan  # where nobody says who is who, nobody switches
    drawn = {
        "persons": [
            Line("to be found", mean(series.truth), BLUE),
            Line("found", mean(series.hits), GREEN),
            Line("false", mean(series.false), RED),
        ],
        "identity switches so far": [Line("switches", switches, RED)],
        "masks": [Line("mean J", mean(series.mean_j), GREEN)],
        **_team_lines(compared, second),
        "age of the event, ms": [Line("age", series.age_ms, ORANGE)],
    }
    names: list[str] = []
    for title, lines in drawn.items():
        if any(np.isfinite(line.values).any() for line in lines):
            names.append(f"plot-{len(names) + 1}.png")
            write_picture(folder / names[-1], plot(title, series.time_s, lines, bands))
    return names


def _team_lines(compared: Comparison, second: int) -> dict[str, list[Line]]:
    """Of whom a team is told; nothing where the events tell none."""
    sides = assign_teams(count_teams(compared.truth, pairs_of(compared.people)))
    if not sides:
        return {}
    told, right = (smoothed(share, second) for share in team_shares(compared.truth, compared.people, sides))
    return {"share of players whose team is told": [Line("told", told, BLUE), Line("right", right, GREEN)]}


def _apart(people: Sequence[People], fps: float) -> list[tuple[float, float]]:
    """From when to when no live shot is seen."""
    live = np.array([True, *(frame.aligned.truth.shot in LIVE for frame in people), True])
    edges = np.flatnonzero(live[1:] != live[:-1])
    return [(start / fps, end / fps) for start, end in edges.reshape(-1, 2).tolist()]


# --- moments ------------------------------------------------------------------------------------


def _write_moments(
    folder: Path, compared: Comparison, series: Series, video: Path, worst: int
) -> list[tuple[str, str]]:
    """File and caption of each picture, worst first."""
    places = worst_frames(series, worst, apart=round(compared.truth.header.fps))
    people, teams = compared.people, labels_in_order(compared.truth, compared.passes)
    wanted = [int(series.frame[at]) for at in places]
    written: dict[int, str] = {}
    by_frame = {number: [at for at in places if series.frame[at] == number] for number in wanted}
    try:
        for number, picture in pictures_at(video, wanted, compared.truth.header.fps):
            for at in by_frame[number]:
                written[at] = f"worst-{places.index(at) + 1:02}.jpg"
                write_picture(folder / written[at], draw_frame(compared.truth, people[at], picture, teams))
    except VideoError as error:
        raise ScoreError(str(error)) from None
    return [(written[at], _caption(series, at, compared.claimed)) for at in places if at in written]


def _caption(series: Series, at: int, claimed: bool) -> str:
    masks = "" if np.isnan(series.mean_j[at]) else f", mean J {series.mean_j[at]:.2f}"
    switched = f", {series.switches[at]} switched identity" if claimed else ""
    return (
        f"Frame {series.frame[at]} of pass {series.pass_no[at] + 1}: {series.hits[at]} of {series.truth[at]} found, "
        f"{series.false[at]} false{switched}{masks}"
    )


# --- the page -----------------------------------------------------------------------------------


def _page(score: Score, plots: list[str], moments: list[tuple[str, str]], has_video: bool) -> str:
    figures = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>" for name, text in rows_of(score)
    )
    about_moments = (
        "Answers in colour; truth dashed: green found, red missed, grey where nothing was to be found."
        if has_video
        else "There is no video.mp4 beside the truth to take pictures from."
    )
    return PAGE.format(
        title=html.escape(f"Score of {score.stream}"),
        about=html.escape(f"Match {score.match}, preset {score.preset}, seed {score.seed}"),
        figures=figures,
        plots="".join(f'<img src="{name}" alt="">' for name in plots),
        moments_about=about_moments,
        moments="".join(f'<p>{html.escape(text)}</p><img src="{name}" alt="">' for name, text in moments),
    )
