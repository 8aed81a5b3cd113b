"""A worker: one process that runs one stage, connected to its pipes, its rings and its row of the board."""

import faulthandler
import logging
import math
import os
import signal
import sys
import threading
import time
from functools import partial
from typing import Any

import msgspec
import numpy as np
import zmq

from stream_engine import log
from stream_engine.backends import DECODERS, load
from stream_engine.backlog import Backlog
from stream_engine.bus import FOR_EVER_MS, LINGER_MS, Inbox, Outbox
from stream_engine.config import Config
from stream_engine.engines import EngineError, Model
from stream_engine.keeping import FileKeep
from stream_engine.orphans import die_with_parent
from stream_engine.pictures import Pictures
from stream_engine.pipeline import WorkerPlan, plan
from stream_engine.pulse import Board, Pulse, State
from stream_engine.pump import STALL_SHARE, STOPPING_S, Batch, PipeSink, Pump, Sink, Straight, Transform, Work
from stream_engine.runtime import Places, board_of
from stream_engine.sender import LiveSender, LosslessSender, Sender
from stream_engine.stages import Given

# publish holds its first events back until subscribers that stayed have found it again (ZeroMQ tries every 100 ms).
SUBSCRIBERS_RETURN_S = 0.25


logger = logging.getLogger("stream_engine.worker")


class Boot(msgspec.Struct, frozen=True):
    """What a new worker is told on standard input: an argument would show its secrets in `ps`."""

    worker: str
    config: Config
    models: tuple[Model, ...]  # as they were when the service started, whatever has become of the manifests

    def packed(self) -> bytes:
        """As it travels."""
        return msgspec.msgpack.encode(self, enc_hook=str)  # of paths

    @classmethod
    def unpacked(cls, given: bytes) -> "Boot":
        """What was packed."""
        return msgspec.msgpack.decode(given, type=cls, dec_hook=lambda kind, said: kind(said))


class Edge:
    """What a process gives its stage: the rooms it may use and the pipes it talks through."""

    def __init__(self, boot: Boot) -> None:
        self.config, self.models = boot.config, boot.models
        self.patient = boot.config.mode == "lossless"  # waits for the next stage until the supervisor has enough of it
        self.plan: WorkerPlan = next(worker for worker in plan(boot.config) if worker.name == boot.worker)
        self.places = Places.of(boot.config)
        self.board: Board = board_of(boot.config, self.places)
        self.pulse = Pulse(self.board.worker(boot.worker))
        self.stopping = threading.Event()
        self._context: zmq.Context[Any] = zmq.Context()

    def inbox(self) -> Inbox:
        if self.plan.inbox is None:
            raise TypeError(f"{self.plan.name} is a source and has no inbox")
        return Inbox(self._context, self.places.pipe(self.plan.inbox), self.plan.row.reads, *self.plan.row.hears)

    def outbox(self) -> Outbox:
        if self.plan.outbox is None:
            raise TypeError(f"{self.plan.name} is the sink and has no outbox")
        address, linger_ms = self.places.pipe(self.plan.outbox), FOR_EVER_MS if self.patient else LINGER_MS
        return Outbox(self._context, address, linger_ms)

    def pictures(self) -> Pictures:
        from stream_engine.ring import RingPictures

        return RingPictures({name: self.places.ring(name) for name in self.plan.streams})

    def given(self) -> Given:
        kits = {s.name: s.kits for s in self.config.streams if s.kits and s.name in self.plan.streams}
        return Given(self.pictures(), self.models, FileKeep(self.places.kept / f"{self.plan.name}.state"), kits)

    def close(self) -> None:
        self._context.term()


def run_transform(edge: Edge) -> None:
    """A model stage of a lane: load it, then pump."""
    name = edge.plan.row.name
    settings = getattr(edge.config.stages, name)
    stage: Any = edge.plan.row.load()(settings, edge.given())
    batch = Batch(settings.max_batch, settings.window_ms, edge.config.supervisor.stall_s * 1e9 * STALL_SHARE)
    sink = PipeSink(edge.outbox(), edge.pulse, edge.stopping, math.inf if edge.patient else STOPPING_S)
    _pump(edge, sink, Transform(name, stage, stage if edge.plan.row.hears else None), batch)


def run_sink(edge: Edge) -> None:
    """The end of the flow: nothing to compute, so whole batches go straight to the outputs."""
    publisher: Sink = edge.plan.row.load()(edge.config, edge.board, edge.plan)
    edge.pulse.stamp(State.OPENING)
    time.sleep(SUBSCRIBERS_RETURN_S)  # even if asked to stop: one who follows another only to tell the last is heard
    _pump(edge, publisher, Straight(), Batch(256))


def _pump(edge: Edge, sink: Sink, work: Work, batch: Batch) -> None:
    budget_ns = None if edge.patient else {s.name: s.max_age_ms * 1_000_000 for s in edge.config.streams}
    inbox = edge.inbox()
    backlog = Backlog(budget_ns, f"waited too long for {edge.plan.row.name}")
    loop = Pump(inbox, backlog, edge.pulse, sink, batch)
    try:
        loop.run(work, frozenset(edge.plan.streams), edge.stopping)
    finally:
        inbox.close()
        sink.close()


def run_source(edge: Edge) -> None:
    """One feed: decode until it ends for good or the service stops."""
    from stream_engine.feeds.open import open_feed, stall_limit_s
    from stream_engine.feeds.reader import PacketReader
    from stream_engine.ring import RingWriter

    (name,) = edge.plan.streams
    stream = next(s for s in edge.config.streams if s.name == name)
    row = edge.board.stream(name)
    ring = RingWriter(edge.places.ring(name))
    sender = _sender(edge, row, ring.slots)
    decoder_name = "pyav" if stream.decoder == "auto" else stream.decoder
    logger.info("decodes with %s", decoder_name)
    decoder = load(DECODERS, decoder_name)
    decode = edge.plan.row.load()(
        stream=stream,
        row=row,
        ring=ring,
        sender=sender,
        open_feed=partial(open_feed, stream, edge.stopping),
        make_decoder=partial(decoder, threads=stream.threads, thread_type=stream.thread_type),
        pulse=edge.pulse,
        stopping=edge.stopping,
        read=partial(PacketReader, stall_s=stall_limit_s(stream), lossless=edge.patient),
    )
    try:
        decode.run()
    finally:
        sender.close()


def _sender(edge: Edge, row: np.void, slots: int) -> Sender:
    if edge.patient:
        return LosslessSender(edge.outbox(), row, edge.pulse, slots, edge.stopping)
    return LiveSender(edge.outbox(), edge.pulse)


RUN = {"stream": run_source, "lane": run_transform, "host": run_sink}


def main() -> None:
    """The entry of a worker process."""
    boot = Boot.unpacked(sys.stdin.buffer.read())
    die_with_parent()
    if os.getppid() != int(sys.argv[1]):  # it died before we asked
        sys.exit(1)
    log.set_up(boot.config.log_level, boot.worker)
    edge = Edge(boot)
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.signal(signal.SIGTERM, lambda *_: edge.stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's business
    try:
        RUN[edge.plan.row.per](edge)
    except EngineError as error:
        logger.error("%s (the service goes by the manifest that it was started with)", error)
        sys.exit(1)
    edge.pulse.stamp(State.ENDED)
    edge.close()


if __name__ == "__main__":
    main()
