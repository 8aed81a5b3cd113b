"""What is said of a configuration: where things lie that outlive a run, and what tells teams apart."""

from pathlib import Path

import pytest

from stream_engine.config import (
    AssociateConfig,
    Config,
    KitConfig,
    KitsConfig,
    StagesConfig,
    StreamConfig,
    TagConfig,
)
from stream_engine.doctor import examine_config
from stream_engine.engines import OFF
from stream_engine.keeping import FileKeep
from stream_engine.runtime import Places


def test_where_what_is_kept_lies_and_what_it_holds_is_named(tmp_path: Path) -> None:
    config = Config(streams=(StreamConfig(name="cam", url="srt://h:1"),), state_dir=str(tmp_path / "state"))
    kept = Places.of(config).kept
    kept.mkdir(parents=True)
    FileKeep(kept / "associate.main.state").save(bytes(5000))
    found = examine_config(config)[-1]
    assert (found.what, found.ok) == (f"state ({tmp_path}/state)", True)
    assert found.found == f"epochs, and 4 KiB of who is who, and whose kit is whose (numbers, no pictures) in {kept}"


def test_a_state_folder_that_cannot_be_made_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = Config(streams=(StreamConfig(name="cam", url="srt://h:1"),), state_dir=str(tmp_path / "file" / "state"))
    found = examine_config(config)[-1]
    assert (found.ok, found.found, found.do) == (False, "cannot be written", "set state_dir")


def with_kits(home: KitConfig, away: KitConfig) -> Config:
    return Config(streams=(StreamConfig(name="cam", url="srt://h:1", kits=KitsConfig(home=home, away=away)),))


def kits_of(config: Config) -> list[tuple[bool, str]]:
    return [(each.ok, each.found) for each in examine_config(config) if each.what == "kits of cam"]


@pytest.mark.parametrize(
    ("net", "known", "noted"), [("colours", OFF, True), ("colours", "motion", False), (OFF, OFF, False)]
)
def test_teams_without_identities_are_noted(net: str, known: str, noted: bool) -> None:
    stages = StagesConfig(associate=AssociateConfig(net=known), tag=TagConfig(net=net))
    found = [each for each in examine_config(Config(streams=(), stages=stages)) if "stages.tag" in each.what]
    assert [(each.ok, each.matters, each.do) for each in found] == [(False, False, "set stages.associate.net")] * noted


@pytest.mark.parametrize(
    ("home", "away", "apart"),
    [
        (("#c8102e", "#ffffff"), ("#1c2d7c",), True),
        (("#c8102e",), ("#c8102e", "#ffffff"), True),
        (("#c8102e",), ("#c8102e",), False),
        (("#c8102e",), ("#c0122a",), False),
        (("#ffffff", "#101010"), ("#101010", "#ffffff"), False),
    ],
)
def test_kits_that_cannot_be_told_apart_are_noted(home: tuple[str, ...], away: tuple[str, ...], apart: bool) -> None:
    [(ok, found)] = kits_of(with_kits(KitConfig(shirt=home), KitConfig(shirt=away)))
    assert ok == apart and ("cannot be told apart" in found) != apart


def test_pictures_of_kits_that_cannot_be_read_are_named_and_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "odd.png").write_bytes(b"no picture")
    odd = str(tmp_path / "odd.png")
    blue = KitConfig(shirt=("#1c2d7c",))
    [(ok, found)] = kits_of(with_kits(KitConfig(shirt=("#c8102e",), pictures=(odd,)), blue))
    assert (ok, found) == (False, f"home: {odd} cannot be used: no picture that can be read")
    found_nothing = kits_of(with_kits(blue, KitConfig(pictures=(odd,))))
    assert [
        said.startswith(start)
        for (_, said), start in zip(found_nothing, ("away: ", "nothing is known of the kit of away"), strict=True)
    ] == [True] * 2
    assert not caplog.records
    assert not any(each.matters for each in examine_config(with_kits(blue, blue)) if "kits" in each.what)
