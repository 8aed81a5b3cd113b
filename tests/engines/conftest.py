"""An engines folder of its own for each test, and a row to put there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_engine.engines import VARIABLE, Weights
from tests.engines.site import Site, served

BODY = bytes(range(256)) * 1200  # more than one read takes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The engines folder, which is not there yet; nothing of the machine's own comes in."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "engines"))
    return tmp_path / "engines"


@pytest.fixture
def site() -> Iterator[Site]:
    with served(BODY) as site:
        yield site


@pytest.fixture
def row(site: Site, folder: Path) -> Weights:
    """What the site has."""
    return Weights(
        name="net", file="net.onnx", source="here", licence="none", then="look at it",
        sha256=hashlib.sha256(BODY).hexdigest(), url=site.url, folder=folder,
    )  # fmt: skip
