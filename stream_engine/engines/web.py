"""One answer of a web server: from which byte it begins, how long the whole is, and of which version it is."""

import base64
import contextlib
import functools
import io
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection, InvalidURL
from typing import IO, Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from stream_engine import __version__
from stream_engine.engines import BLOCK, EngineError

PASSING = {408, 425, 429, 500, 502, 503, 504}  # statuses that may be another one in a moment
AWAY = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
CLOSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
MOST_REDIRECTS = 5
VERSION = re.compile(r"[ -~]{1,200}")
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Interrupted(Exception):
    """Nothing more came, for a reason that may pass."""


class Changed(Interrupted):
    """What has come so far cannot be gone on with."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is waited for a server: for each of its bytes, and for so many of them together."""

    timeout_s: float
    least_bytes: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sends of a file."""

    start: int
    total: int | None  # bytes of the whole file, where the server says it
    version: str | None  # by which the server knows it again
    response: HTTPResponse

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come; raises Interrupted where they end too early."""
        have = self.start
        while have != self.total and (piece := self._piece()):
            have += len(piece)
            yield piece
        if self.total is not None and have < self.total:
            raise Interrupted(f"the connection ended after {have} of {self.total} bytes")

    def _piece(self) -> bytes:
        try:
            return self.response.read1(BLOCK)
        except (OSError, HTTPException) as error:
            raise _lost(error) from None


@contextlib.contextmanager
def ask(url: str, start: int, version: str | None, pace: Pace) -> Iterator[Answer]:
    """Ask for a file from byte `start` on, if it is still of this version."""
    request = _request(url)
    if start and version:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", version)
    with _open(request, pace) as response:
        answer = _read(response)
        if answer.start not in (0, start) or (answer.start and answer.version not in (None, version)):
            raise Changed("the server has another file now")
        yield answer


def _request(url: str) -> urllib.request.Request:
    """User and password go into a header, which is not passed on to where a server redirects."""
    try:
        parts = urlsplit(url)
        who, _, host = parts.netloc.rpartition("@")
        if parts.port == 0 or "@" in unquote(host):  # a port that is none is a ValueError by itself
            raise ValueError(host)
        request = urllib.request.Request(urlunsplit(parts._replace(netloc=host, fragment="")))  # noqa: S310 - http(s), by the manifest
    except ValueError:
        raise EngineError("its address cannot be read: correct its url in the manifest") from None
    if who:
        user, _, password = who.partition(":")
        known = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {known}")
    return request


def _open(request: urllib.request.Request, pace: Pace) -> HTTPResponse:
    try:
        response: HTTPResponse = _opener(pace).open(request, timeout=pace.timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(error.code) from None
    except (InvalidURL, ValueError):
        raise EngineError("its address cannot be read: correct its url in the manifest") from None
    except (OSError, HTTPException) as error:
        raise _lost(error) from None
    return response


def _opener(pace: Pace) -> urllib.request.OpenerDirector:
    """HTTP and HTTPS, by way of the proxies of the environment, and nothing else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        _Http(pace),
        _Https(pace),
        urllib.request.HTTPDefaultErrorHandler(),
        _Errors(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"stream-engine/{__version__}")]
    return opener


class _Http(urllib.request.HTTPHandler):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._connect = _paced(HTTPConnection, pace)

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._connect, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._connect = _paced(HTTPSConnection, pace)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._connect, req)


def _paced(kind: type[HTTPConnection], pace: Pace) -> Any:
    """What makes a connection whose answers come at this pace."""

    def connect(host: str, **options: Any) -> HTTPConnection:
        connection: Any = kind(host, **options)
        connection.response_class = functools.partial(_Response, pace)
        return cast(HTTPConnection, connection)

    return connect


class _Response(HTTPResponse):
    """Its first lines are held to the pace as its contents are."""

    def __init__(self, pace: Pace, sock: socket.socket, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp = io.BufferedReader(_Paced(self.fp.detach(), pace))


class _Paced(io.RawIOBase):
    """What comes from a socket; Interrupted when it comes too slowly."""

    def __init__(self, raw: io.RawIOBase, pace: Pace) -> None:
        self._raw, self._pace = raw, pace
        self._since, self._got = time.monotonic(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._raw.readinto(buffer)
        self._got += count or 0
        pace, now = self._pace, time.monotonic()
        if self._got >= pace.least_bytes:
            self._since, self._got = now, 0
        elif count and now - self._since > pace.within_s:
            raise Interrupted(f"it sends less than {pace.least_bytes} bytes in {pace.within_s:g} s")
        return count

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Errors(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            response.close()  # its text is not read: it may have no end
        return cast(HTTPResponse, super().http_response(request, response))

    https_response = http_response


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MOST_REDIRECTS

    def redirect_request(  # noqa: PLR0917 - the standard library calls it like this
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        safe = ("https",) if req.type == "https" else ("http", "https")
        parts = urlsplit(newurl)
        if parts.scheme not in safe:
            return None
        if parts.port == 0 or "@" in unquote(parts.netloc):  # nobody here has given it a user
            raise EngineError(
                "it redirects to an address with a user or a wrong port in it: correct its url in the manifest"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _read(response: HTTPResponse) -> Answer:
    """A whole file, or a part of one."""
    etag = response.headers.get("ETag", "")
    named = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    version = named if VERSION.fullmatch(named) else None
    if response.status == HTTPStatus.OK:
        return Answer(0, response.length, version, response)
    part = RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status != HTTPStatus.PARTIAL_CONTENT or not part:
        raise Changed(f"the server's answer ({response.status}) is no file and no part of one")
    return Answer(int(part[1]), None if part[2] == "*" else int(part[2]), version, response)


def _refused(status: int) -> Exception:
    """What a status means for the one who asked."""
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return Changed("the server has no more of it")
    told = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else f"{status}"
    if status in PASSING:
        return Interrupted(f"the server says {told}")
    if status in AWAY:
        return EngineError(f"there is no such file there ({told}): correct its url in the manifest")
    if status in CLOSED:
        return EngineError(f"the server wants a permission that its url does not have ({told})")
    if status // 100 == 3:
        return EngineError(f"it redirects in circles, or to what is no http(s) address ({told})")
    return EngineError(f"the server says {told}")


def _lost(error: Any) -> Exception:
    """Why nothing comes, in words that hold no address."""
    why = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(why, ssl.SSLCertVerificationError):
        return EngineError(f"its certificate is not trusted: {why.verify_message}")
    if isinstance(why, TimeoutError):
        return Interrupted("it did not answer in time")
    if isinstance(why, socket.gaierror):
        return Interrupted("its host's name was not found; is this machine online?")
    said = why if isinstance(why, str) else getattr(why, "strerror", None)
    return Interrupted(said or f"the connection broke ({type(why).__name__})")
