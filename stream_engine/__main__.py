"""`python -m stream_engine`, and the command `stream-engine`."""

import sys


def main() -> None:
    """Run a command; whoever presses Ctrl-C while it is still being loaded sees no traceback."""
    try:
        from stream_engine.cli import main as command
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it
    command()


if __name__ == "__main__":
    main()
