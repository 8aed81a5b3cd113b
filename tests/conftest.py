"""Fixtures that several tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_engine.engines import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def _no_models_of_one_s_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The engines folder is empty, for the processes that tests start too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("engines")))
        yield


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the clips of this session; each is made once."""
    return tmp_path_factory.mktemp("clips")
