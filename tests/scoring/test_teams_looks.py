"""Shirts out of a video, and the tool that holds the events' teams to them."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stream_engine.annotate.recording import choose, read_recordings
from stream_engine.messages import TrackedObject
from stream_engine.models.embeddings.colours import Colours
from stream_engine.scoring import ScoreError, teams_looks
from stream_engine.scoring.teams_looks import looks_in
from stream_engine.scoring.teams_offline import Looks
from tests.scoring.fakes import HEIGHT, WIDTH, altered, event_of, make_events, make_truth, write_events

TOOL = Path(__file__).parents[2] / "tools/teams"
FRAMES = 20
TRUTH = make_truth([("main", FRAMES)])
GRASS, SHIRTS = (60, 130, 50), {"home": (200, 20, 30), "away": (240, 240, 240), None: (20, 20, 20)}


@pytest.fixture(scope="module")
def film(clips: Path) -> Path:
    """The match of the truth, in which people are patches of their team's colour."""
    path = clips / "shirts.mp4"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", 30, {"crf": "12", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in TRUTH.frames:
            picture = np.full((HEIGHT, WIDTH, 3), GRASS, np.uint8)
            for seen in frame.objects:
                left, top, right, bottom = map(int, seen.box_px)
                picture[top:bottom, left:right] = SHIRTS[TRUTH.people[seen.id].team]
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
    return path


def looks(video: Path, path: Path, every: int = 1) -> Looks:
    _, recording = choose(path, *read_recordings(path), None)
    return looks_in(video, path, recording, Colours(), every)


def test_looks_are_those_of_the_tracks_of_every_nth_picture(film: Path, tmp_path: Path) -> None:
    path = write_events(make_events(TRUTH), tmp_path / "events.jsonl")
    found = looks(film, path, every=5)
    assert set(Counter(found.track_ids.tolist()).values()) == {4}
    assert set(found.track_ids.tolist()) == {100 + person for person in TRUTH.people}
    told = {track: found.vectors[found.track_ids == track].mean(axis=0) for track in (102, 103, 112)}
    assert told[102] @ told[103] > 0.9 > 0.5 > told[102] @ told[112]


def test_who_is_not_found_in_that_picture_is_looked_at_in_the_next(film: Path, tmp_path: Path) -> None:
    def change(frame: int, item: TrackedObject) -> TrackedObject:
        return altered(item, fresh=frame % 2 == 1)  # as with every = 2 of detect

    found = looks(film, write_events(make_events(TRUTH, change), tmp_path / "events.jsonl"), every=6)
    assert set(Counter(found.track_ids.tolist()).values()) == {4}  # 1, 7, 13, 19


def test_of_a_long_video_the_looks_are_bounded_and_of_all_of_it(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(frame: int, item: TrackedObject) -> TrackedObject:
        return altered(item, track_id=frame + 1) if item.track_id == 102 else item

    monkeypatch.setattr(teams_looks, "MOST", 60)
    found = looks(film, write_events(make_events(TRUTH, change), tmp_path / "events.jsonl"))
    when = [track - 1 for track in found.track_ids.tolist() if track < 100]
    assert len(found.track_ids) <= 60 and when[0] == 0 and when[-1] >= FRAMES - 8 and len(when) >= 3


def test_events_of_other_pictures_are_an_error(film: Path, tmp_path: Path) -> None:
    late = [event_of(frame, [], pts_ns=3_600_000_000_000 + frame) for frame in range(FRAMES)]
    with pytest.raises(ScoreError, match="do not belong together"):
        looks(film, write_events(late, tmp_path / "late.jsonl"))
    small = [event_of(frame, [], width=320) for frame in range(FRAMES)]
    with pytest.raises(ScoreError, match="320x360, the video has 640x360"):
        looks(film, write_events(small, tmp_path / "small.jsonl"))


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_tool_names_who_is_told_in_the_other_team(film: Path, tmp_path: Path) -> None:
    def change(_: int, item: TrackedObject) -> TrackedObject:
        return altered(item, team="B") if item.track_id == 103 else item

    path = write_events(make_events(TRUTH, change), tmp_path / "events.jsonl")
    done = run(path, film, "--json")
    told = json.loads(done.stdout.splitlines()[-1])
    assert [(each["track_id"], each["told"], each["found"]) for each in told["disagree"]] == [(103, "B", "A")]
    assert (told["tracks"], told["agree"]) == (8, 7 / 8)  # goalkeepers wear other kits, referees are in no team
    for words, said in [
        ((path, "no.mp4"), "no.mp4"),
        (("no.jsonl", film), "no.jsonl"),
        ((path, film, "--net", "x"), "'x'"),
    ]:
        failed = run(*words)
        assert failed.returncode == 2 and said in failed.stderr and "Traceback" not in failed.stderr, words
