"""Addresses of feeds: which are understood, what is wrong with one, and what of it may be shown."""

import re
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

Kind = Literal["rtsp", "rtmp", "srt", "rist", "udp", "rtp", "hls", "http", "file"]

KINDS: dict[str, Kind] = {
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "srt": "srt",
    "rist": "rist",
    "rtmp": "rtmp",
    "rtmps": "rtmp",
    "http": "http",
    "https": "http",
    "udp": "udp",
    "rtp": "rtp",
    "file": "file",
}
NEEDS_PORT = {"srt", "rist", "udp", "rtp"}
SECRET_OPTIONS = ("passphrase", "secret", "streamid", "srt_streamid", "password", "key", "token")
LEAST_SECRET = 3  # characters; shorter words stand in any text
RAW = re.compile(r"[\s'\"<>]")
SRT_MODES = ("caller", "listener", "rendezvous")
# What libsrt accepts (HAICRYPT_SECRET_MAX_SZ).
PASSPHRASE_BYTES = range(10, 80)

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# A password with a raw "/" or "?" ends the host early for every URL parser, but must be hidden all the same.
HIDDEN = (
    (re.compile(r"(://)[^\s/?#'\"]+@"), r"\1***@"),
    (re.compile(r"(://)[^\s@/?#:'\"\[]+:(?!\d+(?:[/?#\s]|$))[^\s@'\"]*@"), r"\1***@"),
    # A stream id is hidden whole: several SRT servers take user and password in it, each in its own form.
    (re.compile(r"(?i)\b((?:srt_)?streamid=)[^&\s'\"]+"), r"\1***"),
    (
        re.compile(
            r"(?i)([\w-]*(?:passphrase|passw(?:or)?d|pass|pwd|secret|token|key|auth|signature|sig|jwt)=)[^&\s'\"]+"
        ),
        r"\1***",
    ),
)


class AddressError(ValueError):
    """What is wrong with the address of a feed, credentials hidden, and what to write instead."""


def shown(url: str) -> str:
    """What of an address may be shown: where it leads, without user, options, and keys that stand in its path."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() == "file":
        return url
    place, query, _ = rest.partition("?")
    place = place.rpartition("@")[2]  # a password may hold any mark, and nothing after the last @ is one
    if scheme.lower() in ("rtmp", "rtmps"):
        place = place.partition("/")[0] + "/…"  # the last part of an RTMP path is its key
    return f"{scheme}://{place}{'?…' if query else ''}"


def hide(text: str, url: str) -> str:
    """A text that somebody else wrote about this address, with everything hidden that is secret in it."""
    text = text.replace(url, shown(url))
    parts = urlsplit(url) if SCHEME.match(url) else SplitResult("", "", "", "", "")
    secrets = [parts.username, parts.password, *(v for k, v in options_of(url).items() if k.lower() in SECRET_OPTIONS)]
    for secret in filter(None, secrets):
        for form in (secret, unquote(secret), quote(secret, safe="")):
            if len(form) >= LEAST_SECRET:
                text = text.replace(form, "***")
    return redact(text)


def redact(text: str) -> str:
    """Hide what looks like a credential of a URL in any text: the second net, under `shown` and `hide`."""
    for pattern, shown in HIDDEN:
        text = pattern.sub(shown, text)
    return text


def kind(url: str) -> Kind:
    """How the address is opened; a word without a scheme is a path."""
    found = SCHEME.match(url)
    if not found:
        return "file"
    scheme = found[1].lower()
    if scheme not in KINDS:
        raise AddressError(
            f"{shown(url)!r}: scheme {scheme!r} is not understood; there are: {', '.join(KINDS)},"
            " HLS as http(s)://….m3u8, or a path"
        )
    if KINDS[scheme] == "http" and url.partition("?")[0].lower().endswith(".m3u8"):
        return "hls"
    return KINDS[scheme]


def needs_bridge(url: str) -> bool:
    """Whether an FFmpeg program has to open it, because PyAV's wheels have no libsrt and no librist."""
    return kind(url) in ("srt", "rist")


def local_path(url: str) -> str:
    """The path that a `file` address names."""
    return unquote(urlsplit(url).path) if url.startswith("file://") else url.removeprefix("file:")


def options_of(url: str) -> dict[str, str]:
    """The options after the `?` of an SRT or RIST address, percent-decoded; `+` and `#` stay as they are."""
    return dict(parse_qsl(url.partition("?")[2].replace("+", "%2B"), keep_blank_values=True))


def check_address(url: str) -> None:
    """Raise AddressError when the address cannot be right, before anything is opened."""
    if not url or url != url.strip():
        raise AddressError(f"{shown(url)!r}: an address is needed, without blanks around it")
    scheme = url.partition(":")[0].lower()
    if scheme in KINDS and scheme != "file" and not SCHEME.match(url):
        raise AddressError(f"{shown(url)!r}: write {scheme}://host…")
    if kind(url) != "file" and RAW.search(url):
        raise AddressError(f"{shown(url)!r}: write blanks as %20, and quotes and < > as %27, %22, %3C and %3E")
    if kind(url) == "file":
        if not local_path(url):
            raise AddressError(f"{url!r}: the path is missing")
        return
    parts = _split(url)
    _check_host(url, parts)
    if parts.scheme == "srt":
        _check_srt(url)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise AddressError(
            f"{shown(url)!r}: the port must be a number up to 65535 (write '/', '?', '#' and '@' of a"
            " password as %2F, %3F, %23 and %40)"
        ) from None
    return parts


def _check_host(url: str, parts: SplitResult) -> None:
    if parts.scheme in NEEDS_PORT and not parts.port:
        raise AddressError(f"{shown(url)!r}: the port is missing; write {parts.scheme}://host:port")
    listens = parts.scheme in ("udp", "rtp", "rist") or options_of(url).get("mode") == "listener"
    if not parts.hostname and not listens:
        raise AddressError(f"{shown(url)!r}: the host is missing")


def _check_srt(url: str) -> None:
    options = options_of(url)
    mode = options.get("mode", "caller")
    if mode not in SRT_MODES:
        raise AddressError(f"{shown(url)!r}: mode {mode!r} is not one of {', '.join(SRT_MODES)}")
    passphrase = options.get("passphrase")
    if passphrase is not None and len(passphrase.encode()) not in PASSPHRASE_BYTES:
        raise AddressError(f"{shown(url)!r}: an SRT passphrase has 10 to 79 bytes")
    latency = options.get("latency", "0")
    # FFmpeg counts SRT latency in microseconds, other programs in milliseconds: 120 is always a mistake here.
    if not latency.isdecimal() or 0 < int(latency) < 1000:
        raise AddressError(
            f"{shown(url)!r}: latency={latency} is in microseconds here; write latency=120000 for 120 ms,"
            " or leave it out and set latency_ms of the stream"
        )
