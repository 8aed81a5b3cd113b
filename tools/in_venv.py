"""Start a tool again with the Python of .venv, whichever Python its first line found."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv/bin/python"


def enter() -> None:
    """Go on in the virtual environment, with the repository's packages in reach."""
    if Path(sys.prefix) != ROOT / ".venv" and PYTHON.exists():
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606
    sys.path.insert(0, str(ROOT))
    try:
        import stream_engine.config  # noqa: F401
    except ModuleNotFoundError as error:
        sys.exit(f"{Path(sys.argv[0]).name} needs what `make setup` installs ({error.name} is missing): run it first")
