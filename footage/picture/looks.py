"""How people look: kits of two teams, keepers and officials; skin, hair, boots, height and girth."""

from dataclasses import dataclass, replace
from enum import IntEnum

import cv2
import numpy as np
from numpy.random import Generator

from footage.picture.pose import Build
from footage.presets import Preset
from footage.world import Person

Rgb = tuple[float, float, float]

COLOURS: dict[str, Rgb] = {  # sRGB
    "white": (0.93, 0.93, 0.91), "black": (0.07, 0.07, 0.08), "red": (0.78, 0.07, 0.09), "claret": (0.42, 0.06, 0.14),
    "orange": (0.95, 0.42, 0.05), "yellow": (0.95, 0.83, 0.10), "green": (0.05, 0.45, 0.20), "lime": (0.62, 0.90, 0.15),
    "sky": (0.45, 0.70, 0.90), "blue": (0.08, 0.22, 0.66), "navy": (0.06, 0.09, 0.25), "purple": (0.36, 0.12, 0.50),
    "pink": (0.95, 0.45, 0.62), "teal": (0.05, 0.55, 0.55), "grey": (0.50, 0.52, 0.55), "gold": (0.72, 0.55, 0.20),
}  # fmt: skip
TEAM_COLOURS = [c for c in COLOURS if c not in ("lime", "grey", "gold", "green")]  # green vanishes on grass
ALIKE = [
    ("red", "orange"), ("red", "claret"), ("white", "sky"), ("blue", "navy"), ("blue", "purple"),
    ("navy", "black"), ("yellow", "gold"), ("purple", "claret"), ("white", "grey"),
]  # fmt: skip
KEEPER_COLOURS = ["lime", "orange", "teal", "purple", "grey", "yellow", "pink", "black"]
OFFICIAL_COLOURS = ["black", "yellow", "teal", "pink", "sky"]
SKIN = [
    (0.94, 0.76, 0.65), (0.87, 0.68, 0.55), (0.78, 0.57, 0.43), (0.60, 0.41, 0.29), (0.43, 0.28, 0.19),
    (0.29, 0.19, 0.13),
]  # fmt: skip
HAIR = [
    (0.06, 0.05, 0.04), (0.16, 0.10, 0.06), (0.30, 0.19, 0.10), (0.62, 0.46, 0.24), (0.40, 0.38, 0.36),
    (0.48, 0.20, 0.08),
]  # fmt: skip


class Pattern(IntEnum):
    """How a shirt's two colours are arranged."""

    PLAIN = 0
    STRIPES = 1
    HOOPS = 2
    HALVES = 3
    SLEEVES = 4
    SASH = 5


@dataclass(frozen=True, slots=True)
class Kit:
    """What one group of people wears; colours by name."""

    shirt: str
    second: str
    pattern: Pattern
    shorts: str
    socks: str

    def words(self) -> str:
        """Colours of shirt, shorts and socks."""
        second = "" if self.pattern == Pattern.PLAIN else f" and {self.second} {self.pattern.name.lower()}"
        return f"{self.shirt}{second}, {self.shorts} shorts, {self.socks} socks"


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """The kits of a match."""

    home: Kit
    away: Kit
    home_keeper: Kit
    away_keeper: Kit
    official: Kit
    other: Kit

    def words(self) -> dict[str, str]:
        """A few words about each kit that is played in, for the truth's header."""
        return {
            "home": self.home.words(), "away": self.away.words(), "home goalkeeper": self.home_keeper.words(),
            "away goalkeeper": self.away_keeper.words(), "referee": self.official.words(),
        }  # fmt: skip

    def of(self, person: Person) -> Kit:
        """What a person wears."""
        if person.role == "goalkeeper":
            return self.home_keeper if person.side == "home" else self.away_keeper
        if person.role == "player":
            return self.home if person.side == "home" else self.away
        return self.official if person.role == "referee" else self.other


def wardrobe(preset: Preset, rng: Generator) -> Wardrobe:
    """Kits that can be told apart; with similar kits only just."""
    if preset.similar_kits:
        first, second = ALIKE[rng.integers(len(ALIKE))]
        if rng.random() < 0.5:
            first, second = second, first
        home = _kit(first, rng, Pattern.PLAIN)
        away = replace(_kit(second, rng, Pattern.PLAIN), shorts=home.shorts if rng.random() < 0.5 else second)
    else:
        first = TEAM_COLOURS[rng.integers(len(TEAM_COLOURS))]
        second = _unlike([first], TEAM_COLOURS, rng)
        home, away = _kit(first, rng, None), _kit(second, rng, None)
        away = replace(away, second=_unlike([first, second], list(COLOURS), rng, 0.25))
    worn = [home.shirt, away.shirt]
    home_keeper = _unlike(worn, KEEPER_COLOURS, rng)
    away_keeper = _unlike([*worn, home_keeper], KEEPER_COLOURS, rng)
    official = _unlike([*worn, home_keeper, away_keeper], OFFICIAL_COLOURS, rng)
    return Wardrobe(
        home, away,
        Kit(home_keeper, home_keeper, Pattern.PLAIN, home_keeper, home_keeper),
        Kit(away_keeper, away_keeper, Pattern.PLAIN, away_keeper, away_keeper),
        Kit(official, "grey", Pattern.PLAIN, "black", "black"),
        Kit("navy", "grey", Pattern.PLAIN, "black", "black"),
    )  # fmt: skip


def _kit(shirt: str, rng: Generator, pattern: Pattern | None) -> Kit:
    second = _unlike([shirt], [c for c in COLOURS if c != "lime"], rng, 0.5)
    chosen = Pattern(rng.choice(6, p=[0.4, 0.2, 0.1, 0.08, 0.15, 0.07])) if pattern is None else pattern
    shorts = [shirt, second, "white", "black", "navy"][rng.integers(5)]
    return Kit(shirt, second, chosen, shorts, [shirt, second, shorts][rng.integers(3)])


def _unlike(worn: list[str], among: list[str], rng: Generator, least: float = 0.45) -> str:
    """A colour that differs clearly from those that are worn; the most different one if none does."""
    order: list[str] = [among[i] for i in rng.permutation(len(among))]
    apart = {name: min(_difference(name, other) for other in worn) for name in order}
    clear = [name for name in order if apart[name] >= least]
    return clear[0] if clear else max(order, key=apart.__getitem__)


def _difference(a: str, b: str) -> float:
    """Distance in CIE Lab, 1 being about white to mid-grey twice over."""
    pixels = np.array([[COLOURS[a], COLOURS[b]]], np.float32)
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)[0]
    return float(np.linalg.norm(lab[0] - lab[1])) / 100.0


def build_of(people: tuple[Person, ...], rng: Generator) -> Build:
    """Height, girth and ways of standing."""
    n = len(people)
    keeper = np.array([person.role == "goalkeeper" for person in people])
    height = np.clip(rng.normal(1.81, 0.065, n) + 0.07 * keeper, 1.64, 2.02)
    girth = np.clip(rng.normal(1.0, 0.05, n), 0.9, 1.15)
    return Build(height, girth, rng.random(n))
