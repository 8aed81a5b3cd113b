"""What saying who is who costs of a core, and how good it is, beside other trackers on the same boxes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from stream_engine.bench.associate_peers import HOW, installed, lacking
from stream_engine.bench.associate_scene import FPS, PARTS, SIDE, SIZE, Scene, scene_of
from stream_engine.boxes import overlap
from stream_engine.config import AssociateConfig
from stream_engine.console import say
from stream_engine.mot.clips import Clip, Source, find_clips, read_clip
from stream_engine.mot.ours import ours, seen_of
from stream_engine.mot.trying import Maker, Named, outcome, try_on
from stream_engine.scoring import ScoreError
from stream_engine.scoring.mot import Tracking, tracking
from stream_engine.scoring.sequence import Step, sequence_of
from stream_engine.tracking.gallery import Gallery
from stream_engine.tracking.looks import Looks
from stream_engine.tracking.tracker import Tracker

OURS = "stream-engine"


def bench_associate(console: Console, rounds: int, frames: int, peers: bool) -> dict[str, Any]:
    """The scene: ours without and with looks, and the peers, one after the other in every round."""
    scene = scene_of(frames)
    clip = clip_of(scene)
    makers = {OURS: ours()} | (_peers(console) if peers else {})
    fps: dict[str, list[float]] = {name: [] for name in [*makers, "full"]}
    scores: dict[str, Tracking] = {}
    for number in range(1, rounds + 1):
        for name, make in makers.items():
            trial = try_on(clip, make)
            fps[name].append(trial.fps)
            scores.setdefault(name, _measured(scene, trial.named))
        named, speed = full(scene, clip)
        fps["full"].append(speed)
        scores.setdefault("full", _measured(scene, named))
        say(f"round {number}/{rounds}: {fps[OURS][-1]:.0f} frames/s, with looks {speed:.0f}", console)
    ratios = {name: median(a / b for a, b in zip(fps[OURS], fps[name], strict=True)) for name in makers}
    told = {name: _row(scores[name], median(fps[name])) | {"ours_vs": round(ratios[name], 3)} for name in makers}
    with_looks = _row(scores["full"], median(fps["full"]))
    console.print(table_of({OURS: told[OURS], f"{OURS}, looks": with_looks, **told}))
    mine = told.pop(OURS)
    return {
        "fps_motion": mine["fps"],
        "fps_full": with_looks["fps"],
        "motion": mine,
        "full": with_looks,
        "peers": told if peers else None,
        "lacking": lacking() if peers else [],
        "people": scene.there.shape[1],
        "frames": frames,
        "rounds": rounds,
    }


def bench_folder(
    console: Console, folder: Path, source: Source, peers: bool, only: list[str] | None, *, camera: bool = False
) -> dict[str, dict[str, float]]:
    """HOTA and frames per second of trackers over MOTChallenge's sequences."""
    makers = {OURS: ours()} | (_peers(console) if peers else {})
    if unknown := [name for name in only or [] if name not in makers]:
        raise ScoreError(f"there is no tracker {unknown[0]!r}; there are {', '.join(makers)}")
    clips = [read_clip(path, source, camera=camera) for path in find_clips(folder)]
    if missing := [clip.name for clip in clips if not clip.has_truth]:
        raise ScoreError(f"{folder}: {missing[0]} has no gt/gt.txt; without truth there is nothing to compare")
    told = {}
    for name in only or makers:
        found = outcome(clips, makers[name])
        told[name] = _row(found.pooled, found.fps)
        say(f"{name}: HOTA {told[name]['hota']:.4f}, {found.fps:.0f} frames/s", console)
    console.print(table_of(told))
    return told


def _peers(console: Console) -> dict[str, Maker]:
    if missing := lacking():
        say(f"{' and '.join(missing)} cannot be imported, so these are not measured; {HOW}", console)
    return installed()


def clip_of(scene: Scene) -> Clip:
    """As a sequence without a folder."""
    found = tuple(scene.found(number) for number in range(len(scene.boxes)))
    return Clip("scene", Path(), SIZE, FPS, found, 0)


def full(scene: Scene, clip: Clip) -> tuple[list[Named], float]:
    """Ours with masks and looks, which come from elsewhere; frames per second on a core without the time for those."""
    s = AssociateConfig()
    tracker = Tracker(looks=Looks(Gallery(s.max_identities, s.prototypes, PARTS, SIDE)))
    named, spent = [], 0.0
    for number, found in enumerate(clip.frames):
        masks = scene.masks(number)
        start = time.process_time()
        turn = tracker.begin(replace(seen_of(number, found, clip), masks=masks))
        spent += time.process_time() - start
        wanted = turn.wanted[: s.max_crops_per_frame]
        looks = scene.appearance(number, turn.seen.places[wanted])
        start = time.process_time()
        told = tracker.finish(turn, wanted, looks)
        spent += time.process_time() - start
        named.append(Named(found.boxes, told.ids, found.scores))
    return named, len(named) / max(spent, 1e-9)


def _measured(scene: Scene, named: Sequence[Named]) -> Tracking:
    steps = []
    for number, each in enumerate(named):
        truth, told = np.flatnonzero(scene.there[number]), each.ids >= 0
        steps.append(Step(truth, each.ids[told], overlap(scene.found(number).boxes, each.boxes[told])))
    return tracking(sequence_of(steps))


def _row(found: Tracking, fps: float) -> dict[str, float]:
    figures = found.figures()
    names = {"HOTA": "hota", "AssA": "assa", "DetA": "deta", "IDF1": "idf1", "MOTA": "mota", "IDSW": "id_switches"}
    return {ours: round(figures[theirs], 4) for theirs, ours in names.items()} | {"fps": round(fps, 1)}


def table_of(told: Mapping[str, Mapping[str, float]]) -> Table:
    """A line for each tracker."""
    table = Table(box=box.SIMPLE_HEAD)
    columns = ("hota", "assa", "deta", "idf1", "mota", "id_switches", "fps")
    for title in ("", "HOTA", "AssA", "DetA", "IDF1", "MOTA", "switches", "frames/s"):
        table.add_column(title, justify="right" if title else "left", no_wrap=True)
    for name, row in told.items():
        shares = [f"{100 * row[column]:.1f}" for column in columns[:5]]
        table.add_row(name, *shares, f"{row['id_switches']:.0f}", f"{row['fps']:.0f}")
    return table
