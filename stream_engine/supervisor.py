"""The supervisor: starts the workers of the plan, watches their pulse, brings the dead back, stops in flow order."""

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence

from stream_engine.config import Config, SupervisorConfig
from stream_engine.engines import Model
from stream_engine.pipeline import PIPELINE, WorkerPlan, plan
from stream_engine.pulse import Board, Flow, State, is_untold, stuck_for_s
from stream_engine.runtime import Places, RuntimeDirError, save_epochs
from stream_engine.worker import Boot

TICK_S = 0.1  # how often pulses are looked at
SAVE_S = 0.5  # how often epochs are written down, when they changed
DUMP_S = 0.2  # what a stuck worker gets to print its stack
GROUP_GRACE_S = 3.0  # what a dead worker's children get to say goodbye to their peers
GROUP_POLL_S = 0.05
LIVES_AT_STOP = 2  # publish gets a successor, which tells what it has left untold

logger = logging.getLogger("stream_engine.supervisor")


class Keeper:
    """Keeps one worker running."""

    def __init__(self, worker: WorkerPlan, boot: Boot, board: Board) -> None:
        self.worker = worker
        self.ready = asyncio.Event()
        self._boot, self._mode = boot.packed(), boot.config.mode
        self._limits: SupervisorConfig = boot.config.supervisor
        self._board, self._row = board, board.worker(worker.name)
        self._losses: deque[float] = deque(maxlen=self._limits.max_restarts + 1)
        self._stop = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._asked = False
        self._burials: deque[asyncio.Task[None]] = deque(maxlen=64)

    async def keep(self, after: Sequence["Keeper"] = ()) -> None:
        """Start the worker once others are ready, and anew whenever it is lost, until it ends or is stopped."""
        lost = False
        await self._wait_for(after)
        while not self._stop.is_set():
            lost = await self._is_lost()
            if not lost:
                break
            await self._rest()
        if self._owes(lost):
            await self._is_lost()

    async def _wait_for(self, others: Sequence["Keeper"]) -> None:
        """Until they are ready, or have had the time for it."""
        stopped = asyncio.create_task(self._stop.wait())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.ready_timeout_s):
                for other in others:
                    ready = asyncio.create_task(other.ready.wait())
                    await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    ready.cancel()
        stopped.cancel()

    async def _is_lost(self) -> bool:
        """Whether the worker, started now, did not end as it should."""
        why = await self._one_life()
        if why is not None:
            self._note_loss(why)
        return why is not None

    def _owes(self, lost: bool) -> bool:
        """Whether this is publish, and has left untold what was decoded: what it had in hand, or what never came."""
        rows = [self._board.stream(name) for name in self.worker.streams]
        untold = any(row["given"] if lost else is_untold(row) for row in rows)
        return self.worker.outbox is None and untold

    async def _one_life(self) -> str | None:
        """From the start of a process to its end; why it was lost, or None if it ended as it should."""
        try:
            process = await self._spawn()
        except OSError as error:
            return f"could not be started: {error.strerror}"
        why = await self._watch(process)
        self._burials.append(asyncio.create_task(end_group(process.pid)))
        return why

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stream_engine.worker",
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._process, self._asked = process, False
        self._row["state"], self._row["since_ns"] = State.ABSENT, time.monotonic_ns()
        self._row["pid"] = process.pid
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its exit tells
            process.stdin.write(self._boot)
            await process.stdin.drain()
            process.stdin.close()
        return process

    async def _watch(self, process: asyncio.subprocess.Process) -> str | None:
        """Until the process is gone; why it was lost, or None if it ended as it should."""
        started = time.monotonic()
        exit_ = asyncio.create_task(process.wait())
        while not exit_.done():
            await asyncio.wait({exit_}, timeout=TICK_S)
            self._note_ready(started)
            if self._stop.is_set():  # while it was being started
                self._ask_to_end()
            stuck_s = self._stuck_s(started)
            if stuck_s and not exit_.done():
                await self._dump_and_kill(process)
                await exit_
                return f"was stuck for {stuck_s:.1f} s ({State(int(self._row['state'])).name.lower()})"
        code = exit_.result()
        if code == 0 and (self._stop.is_set() or self._has_ended()):
            return None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with status {code}"

    def _has_ended(self) -> bool:
        """Whether this is a source that came to its natural end; whoever else ends by itself is lost."""
        flows = [self._board.stream(name)["flow"] for name in self.worker.streams]
        return self.worker.row.reads is None and all(flow in (Flow.ENDED, Flow.FAILED) for flow in flows)

    def _note_ready(self, started: float) -> None:
        if self._row["state"] != State.ABSENT and not self.ready.is_set():
            self.ready.set()
            logger.debug("%s is ready after %.2f s", self.worker.name, time.monotonic() - started)

    def _stuck_s(self, started: float) -> float:
        """How long beyond its limit the worker has given no sign; 0 if it is fine."""
        limits = self._limits
        if self._row["state"] == State.ABSENT:
            waited = time.monotonic() - started
            return waited if waited > limits.ready_timeout_s else 0.0
        waited = stuck_for_s(self._row, time.monotonic_ns())
        allowed = limits.ready_timeout_s if self._row["state"] == State.OPENING else limits.stall_s
        return waited if waited > allowed else 0.0

    async def _dump_and_kill(self, process: asyncio.subprocess.Process) -> None:
        logger.error("%s gives no sign; its stack follows, then it is killed", self.worker.name)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGUSR1)
            await asyncio.sleep(DUMP_S)
            process.kill()

    def _note_loss(self, why: str) -> None:
        self._row["lost_ns"] = time.monotonic_ns()
        self._row["state"], self._row["pid"] = State.ABSENT, 0
        self._row["restarts"] += 1
        self._losses.append(time.monotonic())
        what_now = "it was to stop" if self._stop.is_set() else f"restart {int(self._row['restarts'])}"
        logger.warning("%s %s; %s", self.worker.name, why, what_now)

    async def _rest(self) -> None:
        """Wait before the next start: a moment, longer when losses repeat, long when there were too many."""
        if self._stop.is_set():
            return
        limits = self._limits
        recent = [t for t in self._losses if time.monotonic() - t < limits.restart_window_s]
        if len(recent) <= limits.max_restarts:
            pause_s = min(limits.backoff_max_s, limits.backoff_s * 2 ** (len(recent) - 1))
            await self._pause(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            return
        logger.error(
            "%s was lost %d times in %.0f s: it is given up for %.0f s and its streams (%s) are down",
            self.worker.name, len(recent), limits.restart_window_s, limits.retry_down_s, ", ".join(self.worker.streams),
        )  # fmt: skip
        self._row["down"] = 1
        await self._pause(limits.retry_down_s)
        self._row["down"] = 0
        self._losses.clear()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def stop(self, task: asyncio.Task[None]) -> None:
        """Let the worker finish what it has, within limits."""
        self._stop.set()
        self._row["stopping"] = 1
        self._ask_to_end()
        for _ in range(LIVES_AT_STOP):
            if not await self._ends(task):
                logger.warning("%s did not stop within %g s; it is killed", self.worker.name, self._limits.drain_s)
                self._signal(signal.SIGKILL)
        await asyncio.wait({task}, timeout=self._limits.drain_s)
        await asyncio.gather(*self._burials)

    async def _ends(self, task: asyncio.Task[None]) -> bool:
        """Whether it ends within `drain_s`, or later, while it is worth waiting for."""
        limits = self._limits
        patience_s = limits.drain_s if self._mode == "live" else max(limits.drain_s, limits.stall_s)
        while True:
            before = self._board.done
            done, _ = await asyncio.wait({task}, timeout=patience_s)
            if done or not self._gets_on(before):
                return bool(done)

    def _gets_on(self, before: int) -> bool:
        """Lossless, whether anything in the flow does; and publish while it starts, because nobody else can tell."""
        if self.worker.outbox is None and self._row["state"] in (State.ABSENT, State.OPENING):
            return True
        return self._mode == "lossless" and (self._board.done != before or self._row["state"] == State.ABSENT)

    def _ask_to_end(self) -> None:
        """Once, and neither a worker that does not listen yet nor one that is going: SIGTERM would kill it."""
        if not self._asked and self._row["state"] not in (State.ABSENT, State.ENDED):
            self._asked = True
            self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)  # its own send_signal would reap a process that has just ended


async def end_group(group: int) -> None:
    """End what a worker has left running: politely now, for certain a little later."""
    signal_group(group, signal.SIGTERM)
    until = time.monotonic() + GROUP_GRACE_S
    while signal_group(group, 0) and time.monotonic() < until:  # noqa: ASYNC110 - a process group has no event
        await asyncio.sleep(GROUP_POLL_S)
    signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Signal a process group; whether anybody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Supervisor:
    """All workers of a configuration."""

    def __init__(self, config: Config, models: tuple[Model, ...], places: Places, board: Board) -> None:
        self._places, self._board = places, board
        self._keepers = [Keeper(worker, Boot(worker.name, config, models), board) for worker in plan(config)]

    async def run(self, stop: asyncio.Event) -> None:
        """Run until asked to stop, or until every stream has ended."""
        tasks = {
            keeper: asyncio.create_task(keeper.keep(self._before(keeper)), name=keeper.worker.name)
            for keeper in self._keepers
        }
        house = asyncio.create_task(self._keep_house(stop))
        try:
            await self._until(stop, tasks, house)
        finally:
            house.cancel()
            await self._stop_in_order(tasks)
        for task in (house, *tasks.values()):
            if task.done() and not task.cancelled():
                task.result()

    def _before(self, keeper: Keeper) -> list[Keeper]:
        """Whom a source waits for: the first frames would grow old before workers that still load their models."""
        if keeper.worker.row.reads is not None:
            return []
        streams = set(keeper.worker.streams)
        return [k for k in self._keepers if k.worker.row.reads is not None and streams & set(k.worker.streams)]

    async def _until(
        self, stop: asyncio.Event, tasks: dict[Keeper, asyncio.Task[None]], house: asyncio.Task[None]
    ) -> None:
        """Return when asked to, when the sources have ended, or when a keeper itself has failed."""
        asked = asyncio.create_task(stop.wait())
        sources = {tasks[k] for k in self._keepers if k.worker.row.reads is None}
        while not asked.done() and not all(task.done() for task in sources):
            pending = {task for task in tasks.values() if not task.done()}
            done, _ = await asyncio.wait({asked, house, *pending}, return_when=asyncio.FIRST_COMPLETED)
            if any(task.exception() for task in done):
                break
        asked.cancel()

    async def _keep_house(self, stop: asyncio.Event) -> None:
        """Say when everybody is ready; write epochs down when they change."""
        ready, written = False, list[int]()
        while not stop.is_set():
            if not ready and all(keeper.ready.is_set() for keeper in self._keepers):
                ready = True
                logger.info("ready: %d workers, %d streams", len(self._keepers), len(self._board.stream_names))
            epochs = [int(self._board.stream(name)["epoch"]) for name in self._board.stream_names]
            if epochs != written:
                self._save_epochs()
                written = epochs
            self._check_places()
            await asyncio.sleep(SAVE_S)

    def _save_epochs(self) -> None:
        try:
            save_epochs(self._places, self._board, clean=False)
        except RuntimeDirError as error:
            logger.warning("%s", error)

    def _check_places(self) -> None:
        """Running workers would not notice, but none could be replaced."""
        for needed in (self._places.board, self._places.rings):
            if not needed.exists():
                raise RuntimeDirError(f"{needed}: was removed while the service ran; keep cleaners away from it")

    async def _stop_in_order(self, tasks: dict[Keeper, asyncio.Task[None]]) -> None:
        """Upstream first, so that what is in flight still arrives."""
        for row in PIPELINE:
            keepers = [keeper for keeper in self._keepers if keeper.worker.row is row]
            await asyncio.gather(*(keeper.stop(tasks[keeper]) for keeper in keepers))

    def failed(self) -> list[str]:
        """Streams that ended because they could not be played."""
        return [name for name in self._board.stream_names if self._board.stream(name)["flow"] == Flow.FAILED]

    def untold(self) -> list[str]:
        """Streams of which nobody has told what became of their last frames."""
        return [name for name in self._board.stream_names if is_untold(self._board.stream(name))]
