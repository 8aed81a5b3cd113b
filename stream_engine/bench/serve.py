"""`python -m stream_engine.bench.serve FILE`: run the service of an encoded configuration."""

import sys
from pathlib import Path

import msgspec

from stream_engine import log
from stream_engine.config import Config
from stream_engine.service import serve

if __name__ == "__main__":
    config = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Config)
    log.set_up(config.log_level, "service")
    serve(config)
