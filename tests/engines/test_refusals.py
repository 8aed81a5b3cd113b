"""Why a file does not come is said in one line, and nothing wrong stays."""

import errno
import io
import os
import shutil
import socket
from collections.abc import Callable
from http.client import HTTPMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
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
    dripping,
    in_pieces,
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


@pytest.mark.parametrize("head_too", [False, True])
def test_a_server_that_drips_a_byte_now_and_then_is_given_up(row: Weights, site: Site, head_too: bool) -> None:
    site.answers = [dripping(0.02, head_too)]
    limits = Limits(timeout_s=10, tries=1, pause_s=0, within_s=0.3)
    assert "it sends less than 64000 bytes in 0.3 s (tried 1 times)" in refused(row, limits)


def test_a_server_that_keeps_the_pace_may_take_longer_than_one_measure_of_it(row: Weights, site: Site) -> None:
    site.answers = [in_pieces(10, 0.05)]
    fetch(row, Ear(), Limits(timeout_s=10, tries=1, least_bytes=20_000, within_s=0.2))
    assert row.path.read_bytes() == BODY


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


@pytest.mark.parametrize("name", ["net.onnx", "net.onnx.part", "net.onnx.part.version"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_neither_waited_for_nor_replaced(
    row: Weights, site: Site, folder: Path, name: str, make: Callable[[Path], None]
) -> None:
    folder.mkdir()
    make(folder / name)
    said = refused(row)
    assert f"{folder / name} cannot be replaced: " in said and said.endswith("; move it away")
    assert (site.asked, left(folder)) == ([], [name])


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


@pytest.mark.parametrize("who", ["me:geheim@", "geheim@", "me%3Ageheim%40"])
def test_a_redirect_to_an_address_with_a_user_is_refused_and_its_password_not_shown(
    row: Weights, site: Site, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts, resolve = [], socket.getaddrinfo

    def heard(host: str, *more: Any) -> Any:
        hosts.append(host)
        return resolve(host, *more)

    monkeypatch.setattr(socket, "getaddrinfo", heard)
    site.answers = [status(302, Location=site.url.replace("http://", f"http://{who}"))]
    said = refused(row, ONCE)
    assert "it redirects to an address with a user or a wrong port in it: correct its url" in said
    assert "geheim" not in said and set(hosts) == {"127.0.0.1"}


@pytest.mark.parametrize("port", ["99999999", "0"])
def test_an_address_with_a_wrong_port_is_not_asked(row: Weights, site: Site, port: str) -> None:
    wrong = f"http://127.0.0.1:{port}/net.onnx"
    assert "its address cannot be read: correct its url" in refused(msgspec.structs.replace(row, url=wrong))
    site.answers = [status(302, Location=wrong)]
    refused(row)
    assert len(site.asked) == 1


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
