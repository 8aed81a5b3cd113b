"""Kits that are declared, by colours or pictures, against shirts as they are seen."""

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from stream_engine.backends.palette import yuv_of
from stream_engine.config import KitConfig, KitsConfig
from stream_engine.models.embeddings import Floats
from stream_engine.models.embeddings.colours import MOST, Pixels, described
from stream_engine.models.embeddings.declared import FARTHEST, declared_of, shares
from stream_engine.teams.names import Declared, likelier, names_of, nearest

RED, BLUE, WHITE, BLACK, GREEN, YELLOW = "#d02020", "#2040c0", "#f0f0f0", "#181818", "#20a040", "#e8d020"


def seen(colour: str, light: float = 1.0, skin: float = 0.2) -> Floats:
    """Shares of the colours of a shirt of which some is skin."""
    rng, count = np.random.default_rng(1), int(MOST * skin)
    pixels = np.tile(yuv_of([colour])[0] * (light, 1, 1), (MOST, 1))
    pixels[:count] = yuv_of(["#c09070"])[0] * (light, 1, 1)
    pixels += rng.normal(0, (8, 2, 2), pixels.shape)
    shown = Pixels(np.clip(pixels, 0, 255).astype(np.uint8)[None], np.ones((1, MOST), np.bool_))
    return np.asarray(shares(described(shown))[0], np.float32)


def said(home: KitConfig, away: KitConfig) -> Declared:
    found = declared_of(KitsConfig(home=home, away=away))
    assert found is not None
    return found


def worn(*colours: str, **more: tuple[str, ...]) -> KitConfig:
    return KitConfig(shirt=colours, **more)


def shirt_in(folder: Path, colour: str, name: str = "shirt.png") -> str:
    """A picture of a shirt on a white ground."""
    picture = np.full((120, 100, 3), 255, np.uint8)
    picture[10:110, 10:90] = [int(colour[at : at + 2], 16) for at in (5, 3, 1)]
    assert cv2.imwrite(str(folder / name), picture)
    return str(folder / name)


def test_shares_of_a_shirt_s_colours_are_one_together() -> None:
    assert seen(RED).sum() == pytest.approx(1, abs=1e-5) and (seen(RED) >= 0).all()


@pytest.mark.parametrize(("home", "away"), [(RED, BLUE), (WHITE, BLACK), (YELLOW, GREEN), (RED, WHITE), (BLUE, BLACK)])
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_teams_are_whose_colours_they_wear_in_the_sun_and_in_the_shade(home: str, away: str, light: float) -> None:
    kits = said(worn(home), worn(away))
    assert likelier((seen(home, light), seen(away, light)), kits.shirts) == 0
    assert likelier((seen(away, light), seen(home, light)), kits.shirts) == 1


def test_any_of_several_colours_is_worn() -> None:
    kits = said(worn(RED, WHITE), worn(BLUE))
    both = np.asarray((seen(RED) + seen(WHITE)) / 2, np.float32)
    assert likelier((both, seen(BLUE)), kits.shirts) == 0


def test_equal_kits_say_nothing() -> None:
    assert names_of((seen(RED), seen(BLUE)), said(worn(RED), worn(RED)), patient=True) is None


def test_pictures_of_shirts_say_the_same_as_their_colours(tmp_path: Path) -> None:
    kits = said(KitConfig(pictures=(shirt_in(tmp_path, RED),)), worn(BLUE))
    assert likelier((seen(RED), seen(BLUE)), kits.shirts) == 0
    assert likelier((seen(BLUE), seen(RED)), kits.shirts) == 1


def test_keepers_colours_count_where_both_are_declared() -> None:
    kits = said(worn(RED, keeper=(GREEN,)), worn(BLUE, keeper=(YELLOW,)))
    assert kits.keepers is not None
    assert [told and told[0] for told in (nearest(seen(shirt), kits.keepers) for shirt in (GREEN, YELLOW))] == [0, 1]
    assert said(worn(RED, keeper=(GREEN,)), worn(BLUE)).keepers is None


def test_nothing_is_farther_than_skin_and_grass() -> None:
    kits = said(worn(RED), worn(BLUE))
    assert kits.shirts.min() >= 0 and kits.shirts.max() == FARTHEST and kits.shirts.shape == (2, len(seen(RED)))


def test_a_picture_that_cannot_be_used_is_named_and_the_rest_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "odd.png").write_bytes(b"no picture")
    paths = str(tmp_path / "odd.png"), str(tmp_path / "gone.png"), shirt_in(tmp_path, RED)
    with caplog.at_level(logging.WARNING):
        kits = said(KitConfig(pictures=paths), worn(BLUE))
    assert "odd.png" in caplog.text and "gone.png" in caplog.text and "shirt.png" not in caplog.text
    assert likelier((seen(RED), seen(BLUE)), kits.shirts) == 0


def test_where_nothing_of_a_kit_can_be_used_nothing_is_declared_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert declared_of(KitsConfig(home=KitConfig(pictures=(str(tmp_path / "gone.png"),)), away=worn(RED))) is None
    assert "home" in caplog.text and "A and B" in caplog.text
