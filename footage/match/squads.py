"""Who takes part: two squads with numbers and a formation each, three officials, and staff beside the pitch."""

from dataclasses import dataclass

import numpy as np

from footage.dice import F64, Dice
from footage.world import Person, Side

BENCH = 4  # substitutes a side
SIDES: tuple[Side, Side] = ("home", "away")

# depth 0 is the last line, 1 the forwards; width -1 is the right touchline seen along the attack
FORMATIONS: dict[str, tuple[tuple[float, float], ...]] = {
    "4-4-2": (
        (0.08, -0.85), (0.0, -0.28), (0.0, 0.28), (0.08, 0.85),
        (0.48, -0.88), (0.4, -0.28), (0.42, 0.28), (0.48, 0.88),
        (0.95, -0.22), (1.0, 0.22),
    ),
    "4-3-3": (
        (0.1, -0.85), (0.0, -0.28), (0.0, 0.28), (0.1, 0.85),
        (0.48, -0.42), (0.34, 0.0), (0.5, 0.42),
        (0.9, -0.82), (1.0, 0.0), (0.9, 0.82),
    ),
    "3-5-2": (
        (0.02, -0.48), (0.0, 0.0), (0.02, 0.48),
        (0.42, -0.95), (0.45, -0.36), (0.32, 0.0), (0.5, 0.36), (0.42, 0.95),
        (0.95, -0.24), (1.0, 0.24),
    ),
    "4-2-3-1": (
        (0.1, -0.85), (0.0, -0.28), (0.0, 0.28), (0.1, 0.85),
        (0.34, -0.26), (0.34, 0.26),
        (0.7, -0.8), (0.68, 0.0), (0.7, 0.8),
        (1.0, 0.0),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, by index into the arrays of the match."""

    people: tuple[Person, ...]
    team: tuple[int, ...]  # 0 home, 1 away, -1 neither
    lineup: tuple[tuple[int, ...], tuple[int, ...]]  # the keeper first
    bench: tuple[tuple[int, ...], tuple[int, ...]]
    referee: int
    assistants: tuple[int, int]  # near, far touchline
    staff: tuple[int, ...]
    shape: tuple[F64, F64]  # 11 rows of depth and width, the keeper's unused


def numbers(dice: Dice, count: int) -> list[int]:
    """Shirt numbers: 1 to 11 mostly stay on the pitch, the rest is squad numbers."""
    first = [n for n in range(2, 12) if not dice.chance(0.35)]
    others = [n for n in range(12, 100) if n < 35 or n % 11 == 0]
    rest: list[int] = []
    while len(first) + len(rest) < count:
        rest.append(others.pop(dice.pick(len(others))))
    return first + rest


def cast(dice: Dice) -> Cast:
    """Everybody of one match."""
    people: list[Person] = []
    lineup: list[tuple[int, ...]] = []
    bench: list[tuple[int, ...]] = []
    for side in SIDES:
        start = len(people)
        shirts = [1, *numbers(dice, 10 + BENCH)]
        for k, shirt in enumerate(shirts):
            people.append(Person(start + k + 1, "goalkeeper" if k == 0 else "player", side, shirt))
        lineup.append(tuple(range(start, start + 11)))
        bench.append(tuple(range(start + 11, len(people))))
    outsiders = len(people)
    people += [Person(outsiders + k + 1, "referee", None, None) for k in range(3)]
    people += [Person(outsiders + k + 4, "other", None, None) for k in range(3)]
    team = tuple({"home": 0, "away": 1}.get(p.side or "", -1) for p in people)
    names = sorted(FORMATIONS)
    shapes = [np.array([(0.0, 0.0), *FORMATIONS[names[dice.pick(len(names))]]]) for _ in SIDES]
    return Cast(
        tuple(people), team, (lineup[0], lineup[1]), (bench[0], bench[1]),
        outsiders, (outsiders + 1, outsiders + 2), tuple(range(outsiders + 3, outsiders + 6)),
        (shapes[0], shapes[1]),
    )  # fmt: skip
