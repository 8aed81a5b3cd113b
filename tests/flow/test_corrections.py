"""Corrections and what is kept, through a worker's own pipes: from a command to a record, and to a successor."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zmq

from stream_engine.bus import Inbox, Outbox
from stream_engine.config import AssociateConfig, Config, RingConfig, StagesConfig, StreamConfig
from stream_engine.correcting import correct
from stream_engine.keeping import FileKeep
from stream_engine.messages import Change, Correction, Masks, Tracks
from stream_engine.records import track_change
from stream_engine.runtime import Places, forget_kept, occupy
from stream_engine.stages import Given, Stage
from stream_engine.worker import Boot, Edge, run_transform
from tests.fakes import frame_ref

SOON_S = 10.0


class Notary:
    """A small associate: it knows tracks 1 to 9, writes down what it is told, and goes on from there."""

    def __init__(self, given: Given) -> None:
        assert given.keep
        self.refused, self._keep = 0, given.keep
        self._pages = int(self._keep.load() or b"0")
        self._due: list[Correction] = []

    def hear(self, said: Correction) -> None:
        known = all(1 <= track_id <= 9 for track_id in said.track_ids)
        self.refused += not known
        self._due += [said] if known else []

    def process(self, jobs: Sequence[Masks]) -> list[Tracks]:
        return [Tracks(job.frame, job.cut, job.camera, (), job.times, changes=self._changes(job)) for job in jobs]

    def _changes(self, job: Masks) -> tuple[Change, ...]:
        due, self._due = self._due, []
        self._pages += len(due)
        self._keep.save(str(self._pages).encode())
        page = f"page {self._pages}"
        return tuple(Change("swapped", job.frame.seq, said.track_ids, None, "operator", page) for said in due)

    def forget(self, stream: str) -> None: ...


def build(settings: AssociateConfig, given: Given) -> Stage[Masks, Tracks]:
    return Notary(given)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        streams=(StreamConfig(name="cam", url="x", max_age_ms=60_000),),
        runtime_dir=str(tmp_path / "run"),
        state_dir=str(tmp_path / "state"),
        ring=RingConfig(dir=str(tmp_path), slots=12, max_width=64, max_height=36),
        stages=StagesConfig(associate=AssociateConfig(net="motion")),
    )


class Worker:
    """An associate worker in a thread, between two ends of pipes that are ours."""

    def __init__(self, config: Config, places: Places, context: zmq.Context[Any]) -> None:
        self._inbox = Inbox(context, places.pipe("tag.main"), Tracks)
        self._outbox = Outbox(context, places.pipe("associate.main"))
        self._edge = Edge(Boot("associate.main", config, ()))
        self._edge.plan = replace(self._edge.plan, row=replace(self._edge.plan.row, build=f"{__name__}:build"))
        self._thread = threading.Thread(target=run_transform, args=(self._edge,))
        self._thread.start()
        self._seq = 0

    def until(self, told: Callable[[Tracks], object]) -> Tracks:
        """The first of the frames that come through of which this is so."""
        until = time.monotonic() + SOON_S
        while time.monotonic() < until:
            frame = frame_ref(seq=self._seq, arrival_ns=time.monotonic_ns())
            self._seq += 1
            assert self._outbox.try_send(Masks(frame, None, None, (), frame.times))
            for item in self._inbox.receive(500):
                if isinstance(item, Tracks) and told(item):
                    return item
        raise AssertionError("it was never told")

    def end(self) -> None:
        self._edge.stopping.set()
        self._thread.join(SOON_S)
        self._outbox.close()
        self._inbox.close()
        self._edge.close()


@contextmanager
def associating(config: Config, places: Places) -> Iterator[Worker]:
    context: zmq.Context[Any] = zmq.Context()
    worker = Worker(config, places, context)
    try:
        yield worker
    finally:
        worker.end()
        context.term()


def test_what_an_operator_says_is_told_by_a_frame_and_what_nobody_knows_is_refused_and_counted(config: Config) -> None:
    with occupy(config) as (places, board), associating(config, places) as worker:
        worker.until(lambda _: True)
        assert correct(config, "cam", "swap", ("3", "7")) == "associate.main"
        told = worker.until(lambda tracks: tracks.changes)
        (change,) = told.changes
        assert (change.kind, change.track_ids, change.by, change.seq) == ("swapped", (3, 7), "operator", told.frame.seq)
        record = track_change(told.frame, change, noted_ns=1)
        assert (record.stream, record.epoch, record.seq, record.detail) == ("cam", 1, told.frame.seq, "page 1")
        correct(config, "cam", "split", ("99",))
        worker.until(lambda _: board.worker("associate.main")["rejected"])


def test_a_successor_goes_on_from_what_was_kept_over_runs_until_another_match(config: Config) -> None:
    pages = []
    for new_match in (False, False, True):
        with occupy(config) as (places, _):
            if new_match:
                forget_kept(places)
            with associating(config, places) as worker:
                worker.until(lambda _: True)
                correct(config, "cam", "swap", ("3", "7"))
                pages.append(worker.until(lambda tracks: tracks.changes).changes[0].detail)
    assert pages == ["page 1", "page 2", "page 1"]
    assert FileKeep(Places.of(config).kept / "associate.main.state").load() == b"1"
