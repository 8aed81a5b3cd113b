"""A file comes whole and checked, or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from stream_engine.engines import Weights
from stream_engine.engines.fetch import fetch
from tests.engines.conftest import BODY
from tests.engines.hearing import ONCE, QUICK, Ear, left, refused
from tests.engines.site import (
    Site,
    careless_of_versions,
    cut,
    deaf_to_ranges,
    stalled,
    status,
)


def test_a_file_comes_to_its_place_and_nothing_else_stays(row: Weights, folder: Path) -> None:
    ear = Ear()
    fetch(row, ear, QUICK)
    assert row.path.read_bytes() == BODY
    assert (left(folder), ear.most, ear.lines) == (["net.onnx"], len(BODY), [])


def test_a_cut_connection_is_gone_on_with_where_it_ended(row: Weights, site: Site, folder: Path) -> None:
    site.answers = [cut(1000)]
    ear = Ear()
    fetch(row, ear, QUICK)
    assert row.path.read_bytes() == BODY
    assert (site.ranges, site.asked[1]["if-range"]) == ([None, "bytes=1000-"], site.etag)
    assert ear.lines == [f"net: the connection ended after 1000 of {len(BODY)} bytes; trying again"]
    assert left(folder) == ["net.onnx"]


def test_what_has_come_stays_for_the_next_pull(row: Weights, site: Site, folder: Path) -> None:
    site.answers = [cut(1000)]
    assert "0.0 MB are kept: run it again to go on, or put the file at" in refused(row, ONCE)
    assert left(folder) == ["net.onnx.part", "net.onnx.part.version"]
    fetch(row, Ear(), ONCE)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, "bytes=1000-"])


def test_a_server_that_ignores_ranges_sends_it_all_again(row: Weights, site: Site) -> None:
    site.answers = [cut(1000), deaf_to_ranges]
    fetch(row, Ear(), QUICK)
    assert row.path.read_bytes() == BODY


def test_a_server_that_names_no_version_is_asked_for_all_of_it(row: Weights, site: Site) -> None:
    site.etag = 'W/"weak"'
    site.answers = [cut(1000)]
    fetch(row, Ear(), QUICK)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, None])


def test_a_part_that_the_server_cannot_go_on_with_is_thrown_away(row: Weights, site: Site) -> None:
    site.answers = [cut(1000), status(416)]
    fetch(row, Ear(), QUICK)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, "bytes=1000-", None])


def test_a_file_that_changed_meanwhile_is_begun_again(row: Weights, site: Site) -> None:
    site.answers, site.body = [cut(1000)], bytes(len(BODY))
    refused(row, ONCE)
    site.body, site.etag = BODY, '"2"'
    fetch(row, Ear(), ONCE)
    assert row.path.read_bytes() == BODY


def test_halves_that_do_not_fit_together_are_thrown_away_and_it_is_begun_again(row: Weights, site: Site) -> None:
    site.answers, site.body = [cut(1000)], bytes(len(BODY))
    refused(row, ONCE)
    site.answers, site.body = [careless_of_versions], BODY
    ear = Ear()
    fetch(row, ear, QUICK)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, "bytes=1000-", None])
    assert "its two halves do not fit together" in ear.lines[0]


def test_a_wrong_checksum_is_said_and_the_part_deleted(row: Weights, site: Site, folder: Path) -> None:
    site.body = BODY[:-1] + b"!"
    said = refused(row)
    assert f"net: {site.url}: what came is not the manifest's file (sha256 " in said
    assert "was deleted: correct url or checksum" in said
    assert (left(folder), len(site.asked)) == ([], 1)


def test_a_publisher_s_md5_is_enough(row: Weights, site: Site) -> None:
    known = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    fetch(msgspec.structs.replace(row, sha256=None, md5=known), Ear(), QUICK)
    assert row.path.read_bytes() == BODY


def test_a_file_that_is_there_already_stays_until_the_new_one_is_whole(row: Weights, site: Site) -> None:
    row.path.parent.mkdir()
    row.path.write_bytes(b"of yesterday")
    site.answers = [cut(1000)]
    refused(row, ONCE)
    assert row.path.read_bytes() == b"of yesterday"
    fetch(row, Ear(), ONCE)
    assert row.path.read_bytes() == BODY


def test_a_version_that_cannot_be_named_again_is_not_kept(row: Weights, site: Site) -> None:
    site.etag = '"1"\r\n folded'
    site.answers = [cut(1000)]
    fetch(row, Ear(), QUICK)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, None])


def test_two_pulls_at_once_fetch_it_once(row: Weights, site: Site, folder: Path) -> None:
    first, second = Ear(), Ear()
    begun, go_on = threading.Event(), threading.Event()

    def answer(handler: object, _: Site) -> None:
        begun.set()
        go_on.wait(60)
        deaf_to_ranges(handler, site)  # type: ignore[arg-type]

    site.answers = [answer]
    threads = [threading.Thread(target=fetch, args=(row, ear, QUICK)) for ear in (first, second)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    assert second.spoken.wait(60)
    go_on.set()
    for thread in threads:
        thread.join()
    assert second.lines == ["net is being pulled already; waiting for that"]
    assert (row.path.read_bytes() == BODY, len(site.asked), left(folder)) == (True, 1, ["net.onnx"])


def test_a_pull_that_is_killed_leaves_no_file_in_place_and_the_next_goes_on(
    row: Weights, site: Site, folder: Path
) -> None:
    said = {"folder": str(folder), "sha256": row.sha256, "url": row.url}
    (folder.parent / "pull.py").write_text(
        "from rich.console import Console\n"
        "from pathlib import Path\n"
        "from stream_engine.engines import Manifest, Weights\n"
        "from stream_engine.engines.pull import Limits, pull\n"
        f"said = {said!r}\n"
        "row = Weights(name='net', file='net.onnx', source='', licence='', then='',\n"
        "              **said | {'folder': Path(said['folder'])})\n"
        "pull(Manifest((), (row,)), ['net'], Console(), Limits())\n"
    )
    site.answers = [stalled(200_000)]
    with subprocess.Popen([sys.executable, folder.parent / "pull.py"], stdout=subprocess.PIPE, env=os.environ) as child:
        assert child.stdout
        assert child.stdout.readline().startswith(b"net: ")  # something has come
        child.send_signal(signal.SIGKILL)
    assert not row.path.exists()
    there = (folder / "net.onnx.part").stat().st_size
    assert there
    fetch(row, Ear(), ONCE)
    assert (row.path.read_bytes() == BODY, site.ranges) == (True, [None, f"bytes={there}-"])
