"""`python -m stream_engine`."""

from stream_engine.cli import main

main()
