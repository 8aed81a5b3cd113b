"""A web server that behaves, until it is told not to."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler, "Site"], None]


class Site:
    """One file, the requests for it, and how the next of them are answered."""

    def __init__(self, body: bytes) -> None:
        self.body, self.etag = body, '"1"'
        self.answers: list[Answer] = []  # taken one by one; then whole answers
        self.asked: list[dict[str, str]] = []
        self.over = threading.Event()  # whoever waits may go
        self.url = ""

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("range") for headers in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are meant to."""


@contextlib.contextmanager
def served(body: bytes) -> Iterator[Site]:
    """A site on a free port."""
    site = Site(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            answer = site.answers.pop(0) if site.answers else whole
            answer(self, site)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/net.onnx"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            site.over.set()
            server.shutdown()
            thread.join()


def whole(handler: BaseHTTPRequestHandler, site: Site) -> None:
    """All of it, or the rest that was asked for."""
    headers, size = handler.headers, len(site.body)
    start = int(headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    if start and headers.get("If-Range") == site.etag:
        head(handler, 206, {"ETag": site.etag, "Content-Range": f"bytes {start}-{size - 1}/{size}"}, size - start)
        handler.wfile.write(site.body[start:])
    else:
        head(handler, 200, {"ETag": site.etag}, size)
        handler.wfile.write(site.body)


def head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], length: int | None) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def cut(after: int) -> Answer:
    """The connection ends too early."""

    def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
        head(handler, 200, {"ETag": site.etag}, len(site.body))
        handler.wfile.write(site.body[:after])

    return answer


def stalled(after: int) -> Answer:
    """Nothing more comes, and the connection stays."""

    def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
        cut(after)(handler, site)
        handler.wfile.flush()
        site.over.wait(60)

    return answer


def dripping(pause_s: float, head_too: bool = False) -> Answer:
    """A byte now and then, without an end; `head_too`: not even its first lines come to theirs."""

    def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
        if not head_too:
            head(handler, 200, {"ETag": site.etag}, len(site.body))
        while not site.over.wait(pause_s):
            handler.wfile.write(b"H")
            handler.wfile.flush()

    return answer


def in_pieces(count: int, pause_s: float) -> Answer:
    """So many, with a pause before each."""

    def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
        head(handler, 200, {"ETag": site.etag}, len(site.body))
        each = -(-len(site.body) // count)
        for start in range(0, len(site.body), each):
            site.over.wait(pause_s)
            handler.wfile.write(site.body[start : start + each])

    return answer


def silent(handler: BaseHTTPRequestHandler, site: Site) -> None:
    """Not even a first line."""
    site.over.wait(60)


def deaf_to_ranges(handler: BaseHTTPRequestHandler, site: Site) -> None:
    """All of it, whatever was asked for."""
    head(handler, 200, {"ETag": site.etag}, len(site.body))
    handler.wfile.write(site.body)


def without_length(handler: BaseHTTPRequestHandler, site: Site) -> None:
    """As long as it lasts."""
    head(handler, 200, {}, None)
    handler.wfile.write(site.body)


def careless_of_versions(handler: BaseHTTPRequestHandler, site: Site) -> None:
    """The rest, of whichever file there is now."""
    start, size = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-")), len(site.body)
    head(handler, 206, {"Content-Range": f"bytes {start}-{size - 1}/{size}"}, size - start)
    handler.wfile.write(site.body[start:])


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
        head(handler, code, headers, 0)

    return answer
