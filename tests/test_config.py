"""The configuration: what is wrong is said with its key, before anything starts."""

from pathlib import Path

import pytest

from stream_engine.config import Config, ConfigError, load_config

GOOD = '[[streams]]\nname = "cam1"\nurl = "srt://127.0.0.1:9000"\n'
LIME = "keeper = ['#00ff00']\n"
KITS = "[streams.kits.home]\nshirt = ['#ff0000']\n[streams.kits.away]\nshirt = ['#0000ff']\n"


def load(tmp_path: Path, text: str) -> object:
    (tmp_path / "c.toml").write_text(text)
    return load_config(tmp_path / "c.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "streams"),
        ("streams = []", "there is none"),
        (GOOD + "max_agee_ms = 3\n", r"streams\[0\]\.max_agee_ms: unknown key; did you mean 'max_age_ms'"),
        ("[rings]\n" + GOOD, r"rings: unknown key; did you mean 'ring'"),
        (GOOD + "[ring]\nslotz = 3\n", r"ring\.slotz: unknown key; did you mean 'slots'"),
        (
            GOOD + "[outputs.zmq]\nsocket_path = 3\n",
            r"outputs\.zmq\.socket_path: unknown key; there are: endpoint",
        ),
        (GOOD + "[ring]\nslots = 3\n", r"ring\.slots: expected `int` >= 12"),
        (GOOD + 'stall_s = "2"\n', r"streams\[0\]\.stall_s: expected `float`, got `str`"),
        (GOOD + "[stages.detect.thresholds]\nkeeper = 0.3\n", r"stages\.detect\.thresholds: .*; there are: player, "),
        (GOOD + "[stages.detect.thresholds]\nball = 1.0\n", r"stages\.detect\.thresholds: expected `float` < 1\.0"),
        (GOOD + 'decoder = "x"\n', r"streams\[0\]\.decoder: invalid enum value 'x'; there are: auto, pyav"),
        (GOOD + GOOD, "two are named 'cam1'"),
        (GOOD + GOOD.replace("cam1", "../x"), r"streams\[1\]\.name"),
        (GOOD.replace("srt:", "gopher:"), r"streams\[0\]\.url"),
        (GOOD + 'pace = "fast"\n', "lossless"),
        (
            GOOD + '[stages.detect]\nnet = "yolo99"\n',
            r"stages\.detect\.net: no model 'yolo99'; there are: none, ",
        ),
        (GOOD + "[streams.kits.home]\nshirt = ['#ff0000']\n", r"streams\[0\]\.kits: .*`away`"),
        (
            GOOD + "[streams.kits]\nhome = {}\naway = {}\n",
            r"streams\[0\]\.kits\.home: says neither shirt .* nor",
        ),
        (GOOD + KITS + LIME, r"streams\[0\]\.kits: keeper is said of one team only"),
        (GOOD + KITS.replace("#0000ff", "blue"), r"streams\[0\]\.kits\.away\.shirt"),
        (GOOD + KITS.replace("shirt", "shrit"), r"streams\[0\]\.kits\.home\.shrit: unknown key; did you mean 'shirt'"),
        (
            GOOD + '[stages.tag]\nnet = "colors"\n',
            r"stages\.tag\.net: no model 'colors'; there are: none, colours.*; docs/engines\.md says how",
        ),
        (GOOD + "[stages.tag]\nmax_crops_per_frame = 0\n", r"stages\.tag\.max_crops_per_frame: expected `int` >= 1"),
        ("streams = [", "not valid TOML"),
        (GOOD + "[supervisor]\nbackoff_s = 9.0\n", "backoff_s"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        load(tmp_path, text)
    assert "c.toml" in str(caught.value)


def test_kits_of_a_stream_are_read_with_its_keepers(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, GOOD + KITS.replace("[streams.kits.away]", "keeper = ['#ffff00']\n[streams.kits.away]") + LIME
    )
    assert isinstance(loaded, Config) and loaded.streams[0].kits is not None
    home, away = loaded.streams[0].kits.home, loaded.streams[0].kits.away
    assert (home.shirt, home.keeper, away.shirt, away.keeper) == (
        ("#ff0000",),
        ("#ffff00",),
        ("#0000ff",),
        ("#00ff00",),
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothere.toml: cannot be read: No such file"):
        load_config(tmp_path / "nothere.toml")


def test_a_bad_url_is_shown_without_its_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace("srt://127.0.0.1:9000", "gopher://joe:hunter2@host/"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent / "configs").glob("*.toml")), ids=lambda p: p.name
)
def test_every_shipped_configuration_is_valid_and_every_key_has_its_comment(path: Path) -> None:
    load_config(path)
    lines = path.read_text().splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("#") or "#" in line, f"{path.name}: {line!r} has no comment"
