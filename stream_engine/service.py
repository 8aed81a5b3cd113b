"""A service from its configuration: everything is checked first, then the supervisor runs until told to stop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

from stream_engine.config import Config
from stream_engine.engines import OFF, Model, manifest
from stream_engine.engines.nets import check_models
from stream_engine.feeds import FeedError
from stream_engine.ledger import UntoldError
from stream_engine.outputs import open_outputs
from stream_engine.runtime import forget_kept, occupy
from stream_engine.supervisor import Supervisor

logger = logging.getLogger("stream_engine.service")

Beside = Callable[[asyncio.Event], Awaitable[None]]


def preflight(config: Config) -> None:
    """Open every output and load every model once: what cannot work is an error now and not a restart later."""
    check_models(config)
    for output in open_outputs(config.outputs):
        output.close()


def serve(config: Config, beside: Beside | None = None, *, new_match: bool = False) -> None:
    """Run the service until SIGTERM, SIGINT or the end of every stream; `beside` runs along and ends it.

    `new_match`: nobody is known from the last one.
    """
    models = models_of(config)
    preflight(config)
    asyncio.run(_serve(config, models, beside, new_match))


def models_of(config: Config) -> tuple[Model, ...]:
    """The rows that the workers go by for as long as the service runs; none if no stage names a model."""
    stages = config.stages
    nets = {stage.net for stage in (stages.detect, stages.propagate, stages.associate, stages.tag)}
    return manifest().models if nets != {OFF} else ()


async def _serve(config: Config, models: tuple[Model, ...], beside: Beside | None, new_match: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # a closed terminal, too, is a clean stop
        loop.add_signal_handler(number, stop.set)
    with occupy(config) as (places, board):
        if new_match:
            forget_kept(places)
        supervisor = Supervisor(config, models, places, board)
        tasks = [asyncio.create_task(supervisor.run(stop))]
        if beside:
            tasks.append(asyncio.ensure_future(beside(stop)))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        failed, untold = supervisor.failed(), supervisor.untold()
    logger.info("stopped")
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if untold:
        raise UntoldError(f"the last frames of {', '.join(untold)} were never told: publish was lost; the log says why")
    if failed:
        raise FeedError(f"could not be played: {', '.join(failed)}; the log says why")
