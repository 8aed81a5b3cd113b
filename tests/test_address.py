"""Addresses: what is accepted, what is refused and why, and that credentials are never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.address import AddressError, check_address, hide, kind, local_path, needs_bridge, redact, shown

GOOD = {
    "rtsp://cam.local/main": "rtsp",
    "rtsps://u:p@10.0.0.1:322/main": "rtsp",
    "srt://:9000?mode=listener&passphrase=0123456789": "srt",
    "srt://host:9000?latency=120000": "srt",
    "rist://@:5000": "rist",
    "rtmp://host/live/a": "rtmp",
    "https://host/a/live.m3u8?token=1": "hls",
    "http://host/a.ts": "http",
    "udp://@239.0.0.1:5000": "udp",
    "rtp://[::1]:5000": "rtp",
    "file:///tmp/a%20b.mp4": "file",
    "matches/a.mp4": "file",
}
BAD = {
    "": "an address is needed",
    "rtsp:/cam/main": "write rtsp://host",
    "gopher://cam": "there are: rtsp, rtsps, srt",
    "rtsp://": "the host is missing",
    "rtsp://cam:99999/": "up to 65535",
    "srt://host": "the port is missing",
    "srt://host:1?mode=server": "caller, listener, rendezvous",
    "srt://host:1?passphrase=short": "10 to 79",
    "srt://host:1?latency=120": "latency=120000",
    "srt://:1": "the host is missing",
    "file:": "the path is missing",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_good_address_is_accepted_and_its_kind_known(url: str) -> None:
    check_address(url)
    assert kind(url) == GOOD[url]
    assert needs_bridge(url) == url.startswith(("srt", "rist"))


@pytest.mark.parametrize("url", BAD)
def test_a_bad_address_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(AddressError, match=BAD[url]):
        check_address(url)


def test_a_file_address_gives_its_path() -> None:
    assert local_path("file:///tmp/a%20b.mp4") == "/tmp/a b.mp4"
    assert local_path("file:a.mp4") == local_path("a.mp4") == "a.mp4"


@pytest.mark.parametrize(
    "text",
    [
        "cannot open rtsp://bob:hunter2@cam/main: refused",
        "rtsp://bob:hu%40hunter2@cam rtsp://bob:a@hunter2@cam",
        "rtsp://bob:a/hunter2@cam/main",
        "srt://h:1?passphrase=hunter2&latency=1 'srt://h:1?mode=caller&PASSPHRASE=hunter2'",
        "rist://h:1?secret=hunter2",
        "https://h/a.m3u8?access_token=hunter2&x=1",
        "srt://h:1?streamid=#!::u=bob,s=hunter2",
        "srt://h:1?streamid=read:cam:bob:hunter2",
    ],
)
def test_credentials_are_hidden_in_any_text(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "bob" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize("text", ["srt://h:90?pbkeylen=16&latency=120000", "udp://@239.0.0.1:5", "a@b.c, no URL"])
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


@given(
    user=st.text("abcXYZ09._-", min_size=1),
    password=st.text("ghijKLM!$&*+,;=:@%", min_size=1).map(lambda p: f"Zq{p}qZ"),
    host=st.sampled_from(["cam", "10.0.0.1", "[::1]"]),
)
def test_no_password_survives_redaction_or_an_error(user: str, password: str, host: str) -> None:
    url = f"rtsp://{user}:{password}@{host}:99999/live"
    assert password not in redact(f"opening {url} failed")
    with pytest.raises(AddressError) as caught:
        check_address(url)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("rtsp://bob:hunt/er@2@cam:554/main?x=1", "rtsp://cam:554/main?…"),
        ("srt://h:1?mode=caller&passphrase=correct-horse", "srt://h:1?…"),
        ("rtmp://h/live/hunter2", "rtmp://h/…"),
        ("https://h/a.m3u8?hdnts=exp=1~hmac=hunter2", "https://h/a.m3u8?…"),
        ("/videos/a.mp4", "/videos/a.mp4"),
    ],
)
def test_an_address_is_shown_without_anything_that_opens_a_door(url: str, seen: str) -> None:
    assert shown(url) == seen


def test_words_of_others_about_an_address_lose_its_secrets_in_every_form() -> None:
    url = "srt://h:1?passphrase=my%20secret%20phrase&streamid=abcd1234"
    said = f"[srt] cannot open {url}: 'my secret phrase' with my%20secret%20phrase for abcd1234"
    assert not any(word in hide(said, url) for word in ("my secret", "my%20secret", "abcd1234"))


@pytest.mark.parametrize("url", ["rtsp://bob:hunter'2@cam/x", 'srt://h:1?passphrase=my "word" is', "rtsp://a b@cam/x"])
def test_marks_that_no_url_has_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(AddressError, match="%20") as caught:
        check_address(url)
    assert "hunter" not in str(caught.value) and "word" not in str(caught.value).partition("write")[0]
