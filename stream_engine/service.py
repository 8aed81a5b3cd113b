"""A service from its configuration: everything is checked first, then the supervisor runs until told to stop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

from stream_engine.config import Config
from stream_engine.engines.nets import check_models
from stream_engine.feeds import FeedError
from stream_engine.outputs import open_outputs
from stream_engine.runtime import occupy
from stream_engine.supervisor import Supervisor

logger = logging.getLogger("stream_engine.service")

Beside = Callable[[asyncio.Event], Awaitable[None]]


def preflight(config: Config) -> None:
    """Open every output and load every model once: what cannot work is an error now and not a restart later."""
    check_models(config)
    for output in open_outputs(config.outputs):
        output.close()


def serve(config: Config, beside: Beside | None = None) -> None:
    """Run the service until SIGTERM, SIGINT or the end of every stream; `beside` runs along and ends it."""
    preflight(config)
    asyncio.run(_serve(config, beside))


async def _serve(config: Config, beside: Beside | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # a closed terminal, too, is a clean stop
        loop.add_signal_handler(number, stop.set)
    with occupy(config) as (places, board):
        supervisor = Supervisor(config, places, board)
        tasks = [asyncio.create_task(supervisor.run(stop))]
        if beside:
            tasks.append(asyncio.ensure_future(beside(stop)))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        failed = supervisor.failed()
    logger.info("stopped")
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if failed:
        raise FeedError(f"could not be played: {', '.join(failed)}; the log says why")
