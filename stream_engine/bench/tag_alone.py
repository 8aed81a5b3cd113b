"""`python -m stream_engine.bench.tag_alone NET FRAMES`: what the tag stage takes for a frame, on one core."""

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import msgspec
import numpy as np

from stream_engine.backends.arrays import limit_threads
from stream_engine.bench.tag_scene import WORN, Scene, Showing, Shown, tracks_of
from stream_engine.config import TagConfig
from stream_engine.engines.nets import open_embedder
from stream_engine.masks import MaskRle
from stream_engine.messages import UNKNOWN_TEAM, TaggedTrack, TaggedTracks
from stream_engine.models.embeddings import Bytes, Embedder, Floats, Jersey
from stream_engine.models.embeddings.jersey import jersey_of
from stream_engine.stages import Given
from stream_engine.stages.tag import build

MANY = 64  # shirts at once
TURNS, EVERY = 12, 5  # frames on which batches and single shirts are measured, and how far apart these are
WARM = 2
TEAMS = 2
PARTS = ("shirt", "shirt_without_mask", "take", "answer")
SINGLY = "one_by_one"


def main() -> None:
    """Print the figures."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    limit_threads(1)
    settings = TagConfig(net=sys.argv[1])
    figures = stage_figures(settings, int(sys.argv[2])) | {"embeddings": embedding_figures(open_embedder(settings)[1])}
    print(msgspec.json.encode(figures).decode())


def stage_figures(settings: TagConfig, frames: int) -> dict[str, Any]:
    """Milliseconds of every frame, and how soon and how well teams are told."""
    scene, showing = Scene(), Showing()
    stage = build(settings, Given(showing))
    walls, cpus, whole, known, told = [], [], [], None, []
    for number in range(frames):
        shown = scene.frame(number)
        showing.picture, job = shown.picture, tracks_of(number, shown)
        stops, cpu, wall = _stops(), time.process_time(), time.perf_counter()
        (tagged,) = stage.process([job])
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        whole.append(_stops() == stops)
        assert isinstance(tagged, TaggedTracks)
        said = _teams(tagged.items)
        if known is None and any(team is not None for team in said):
            known = number + 1
        told += [said] if known is not None else []
    return {
        "ms": _spread(walls),
        "cpu_ms": _spread(cpus),
        "ms_undisturbed": _spread([wall for wall, own in zip(walls, whole, strict=True) if own] or walls),
        "disturbed": round(1 - sum(whole) / len(whole), 4),
        "teams_after_frames": known,
        **_rightness(told),
        "people": len(WORN),
        "frames": frames,
    }


def _teams(items: Sequence[TaggedTrack]) -> list[str | None]:
    """What is told of each player of a team; None where it is not decided."""
    players = [item for item, worn in zip(items, WORN, strict=True) if worn < TEAMS]
    return [None if item.team == UNKNOWN_TEAM else item.team for item in players]


def _rightness(told: Sequence[Sequence[str | None]]) -> dict[str, float]:
    """Of players since there are teams: how many are told one, and of these how many the right one."""
    wears = np.array([worn for worn in WORN if worn < TEAMS])
    pairs = [(team, kit) for said in told for team, kit in zip(said, wears.tolist(), strict=True) if team is not None]
    names = sorted({team for team, _ in pairs})
    ways = [np.mean([(team == names[0]) == (kit == first) for team, kit in pairs]) for first in range(TEAMS) if pairs]
    return {
        "told": round(len(pairs) / max(len(told) * len(wears), 1), 4),
        "right": round(float(max(ways, default=0.0)), 4),
    }


def embedding_figures(embedder: Embedder) -> dict[str, Any]:
    """Shirts per second at once and one by one, in turns on the same pictures; milliseconds of a shirt by part."""
    scene = Scene()
    turns = [_times(embedder, scene.frame(turn * EVERY)) for turn in range(TURNS + WARM)][WARM:]
    usual = {name: median(times[name] for times in turns) for name in turns[0]}
    batches = ("frame_at_once", f"{MANY}_at_once")
    return {
        "per_s": {name: round(1 / usual[name]) for name in (*batches, SINGLY)},
        "vs_one_by_one": {name: round(median(times[SINGLY] / times[name] for times in turns), 2) for name in batches},
        "ms_each": {name: round(1000 * usual[name], 4) for name in PARTS},
    }


def _times(embedder: Embedder, shown: Shown) -> dict[str, float]:
    """Seconds for a shirt."""
    picture, jerseys = shown.picture, _shirts(shown, shown.masks)
    many, people = (jerseys * MANY)[:MANY], len(shown.masks)
    taken = embedder.take(picture, jerseys)
    return {
        "shirt": _s(lambda: _shirts(shown, shown.masks)) / people,
        "shirt_without_mask": _s(lambda: _shirts(shown, [None] * people)) / people,
        "take": _s(lambda: embedder.take(picture, jerseys)) / len(jerseys),
        "answer": _s(lambda: embedder.answer([taken])) / len(jerseys),
        "frame_at_once": _s(lambda: _told(embedder, picture, jerseys)) / len(jerseys),
        SINGLY: _s(lambda: [_told(embedder, picture, [jersey]) for jersey in jerseys]) / len(jerseys),
        f"{MANY}_at_once": _s(lambda: _told(embedder, picture, many)) / MANY,
    }


def _shirts(shown: Shown, masks: Sequence[MaskRle | None]) -> list[Jersey]:
    found = [jersey_of(shown.picture, box, mask) for box, mask in zip(shown.boxes, masks, strict=True)]
    return [jersey for jersey in found if jersey]


def _told(embedder: Embedder, picture: Bytes, jerseys: Sequence[Jersey]) -> list[Floats]:
    return embedder.answer([embedder.take(picture, jerseys)])


def _s(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _stops() -> int:
    """How often another process was given the core so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    p50, p99, most = (1000 * float(np.percentile(seconds, share)) for share in (50, 99, 100))
    return {"p50": round(p50, 3), "p99": round(p99, 3), "max": round(most, 3)}


if __name__ == "__main__":
    main()
