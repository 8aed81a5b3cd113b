"""Why a file does not come is said in one line, and nothing wrong stays."""

import errno
import io
import shutil
import socket
from http.client import HTTPMessage
from pathlib import Path
from types import SimpleNamespace
from urllib.request import Request

import msgspec
import pytest

from stream_engine.engines import VARIABLE, Weights
from stream_engine.engines.fetch import Limits, fetch
from stream_engine.engines.web import _Redirects
from tests.engines.conftest import BODY
from tests.engines.hearing import HASTY, ONCE, QUICK, Ear, left, refused
from tests.engines.site import (
    Site,
    silent,
    stalled,
    status,
    without_length,
)


@pytest.mark.parametrize(
    ("code", "said", "tries"),
    [
        (404, "there is no such file there (404 Not Found): correct its url in the manifest", 1),
        (410, "there is no such file there (410 Gone)", 1),
        (403, "the server wants a permission that its url does not have (403 Forbidden)", 1),
        (400, "the server says 400 Bad Request", 1),
        (204, "the server's answer (204) is no file and no part of one (tried 3 times)", 3),
        (503, "the server says 503 Service Unavailable (tried 3 times)", 3),
    ],
)
def test_a_refusal_is_said_and_only_what_may_pass_is_tried_again(
    row: Weights, site: Site, folder: Path, code: int, said: str, tries: int
) -> None:
    site.answers = [status(code)] * 3
    assert said in refused(row)
    assert (len(site.asked), left(folder)) == (tries, [])


def test_a_server_that_is_busy_for_a_moment_is_asked_again(row: Weights, site: Site) -> None:
    site.answers = [status(503)]
    fetch(row, Ear(), QUICK)
    assert row.path.read_bytes() == BODY


def test_without_a_network_it_is_said_where_the_file_may_be_put(row: Weights, folder: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/net.onnx"
        said = refused(msgspec.structs.replace(row, url=url))
    assert said == f"net: {url}: Connection refused (tried 3 times); run it again, or put the file at {row.path}"
    assert left(folder) == []


@pytest.mark.parametrize("answer", [silent, stalled(1000)])
def test_a_server_that_falls_silent_is_not_waited_for_for_ever(row: Weights, site: Site, answer: object) -> None:
    site.answers = [answer]  # type: ignore[list-item]
    assert "it did not answer in time (tried 1 times)" in refused(row, HASTY)


def test_a_file_that_is_longer_than_the_manifest_s_is_not_begun(row: Weights, folder: Path) -> None:
    said = refused(msgspec.structs.replace(row, bytes=1000))
    assert f"it has {len(BODY)} bytes there, 1000 in the manifest: correct url or bytes" in said
    assert left(folder) == []


def test_a_file_that_is_longer_than_any_may_be_is_not_begun(row: Weights) -> None:
    said = refused(row, Limits(most_bytes=1000))
    assert f"it has {len(BODY)} bytes, more than the 1000 that are allowed: set bytes in its row" in said


def test_a_file_without_a_length_is_counted_as_it_comes(row: Weights, site: Site, folder: Path) -> None:
    site.answers = [without_length, without_length]
    known = msgspec.structs.replace(row, bytes=len(BODY) - 1)
    assert "it does not end after the" in refused(known)
    assert left(folder) == []
    fetch(row, Ear(), ONCE)
    assert row.path.read_bytes() == BODY


def test_a_file_without_a_length_that_ends_too_early_is_tried_again(row: Weights, site: Site) -> None:
    site.answers, site.body = [without_length], BODY[:1000]
    known = msgspec.structs.replace(row, bytes=len(BODY))
    assert f"the connection ended after 1000 of {len(BODY)} bytes" in refused(known, ONCE)


def test_a_disk_that_is_too_small_is_said_before_anything_comes(
    row: Weights, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=7_200))
    row = msgspec.structs.replace(row, bytes=len(BODY))
    assert f"0.3 MB are missing on {folder}: free some, or name another folder with {VARIABLE}" in refused(row)
    assert left(folder) == []


def test_a_disk_that_fills_up_meanwhile_is_said(row: Weights, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("stream_engine.engines.part.write", full)
    assert f"no space is left on {folder}, 0.3 MB more are needed: free some" in refused(row)
    assert not row.path.exists()


def test_a_folder_that_cannot_be_made_is_said(row: Weights, folder: Path) -> None:
    folder.write_text("a file")
    assert f"net.onnx.part cannot be written: File exists; {VARIABLE} names another folder" in refused(row)


def test_a_redirect_is_followed_but_neither_in_circles_nor_to_a_file(row: Weights, site: Site) -> None:
    site.answers = [status(302, Location="/elsewhere")]
    fetch(row, Ear(), ONCE)
    assert [asked["path"] for asked in site.asked] == ["/net.onnx", "/elsewhere"]
    for target in (site.url, "file:///etc/hostname", "ftp://127.0.0.1/x", "http://[broken"):
        row.path.unlink(missing_ok=True)
        site.asked.clear()
        site.answers = [status(302, Location=target)] * 20
        said = refused(row, ONCE)
        assert "redirects in circles, or to what is no http(s) address" in said or "cannot be read" in said
        assert len(site.asked) < 8


def test_user_and_password_of_a_url_are_sent_but_neither_shown_nor_passed_on(row: Weights, site: Site) -> None:
    secret = site.url.replace("http://", "http://me:s%40cret@") + "?token=geheim"
    site.answers = [status(302, Location="/elsewhere"), status(404)]
    said = refused(msgspec.structs.replace(row, url=secret))
    assert site.asked[0]["authorization"] == "Basic bWU6c0BjcmV0"
    assert "authorization" not in site.asked[1]
    assert not [word for word in ("me:", "cret", "geheim") if word in said]


def test_what_was_asked_for_in_secret_is_not_redirected_into_the_open() -> None:
    for target, allowed in (("https://there/x", True), ("http://there/x", False)):
        asked, headers = Request("https://here/x"), HTTPMessage()
        followed = _Redirects().redirect_request(asked, io.BytesIO(), 302, "", headers, target)
        assert (followed is not None) is allowed
