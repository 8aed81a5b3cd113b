"""Two teams from the mean looks of people, and when there are not two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.teams.fitting import fit
from stream_engine.teams.person import Floats
from stream_engine.teams.settings import TeamSettings
from stream_engine.tracking.appearance import units
from tests.teams.scene import NUMBERS, vector

S = TeamSettings()


def people(*kits: tuple[str, int], noise: float = 0.05, seed: int = 1) -> Floats:
    rows = np.concatenate([np.tile(vector(kit), (count, 1)) for kit, count in kits])
    return units(rows + np.random.default_rng(seed).normal(0, noise, rows.shape))


def side_of(means: Floats) -> list[int]:
    found = fit(means, S)
    assert found is not None
    return [int(at) for at in np.square(means[:, None] - found.teams).sum(2).argmin(1)]


@given(st.integers(5, 11), st.integers(5, 11), st.integers(0, 2), st.integers(0, 99))
def test_two_kits_are_found_whoever_else_is_there(reds: int, blues: int, others: int, seed: int) -> None:
    strangers = [(f"stranger {n}", 1) for n in range(others)]
    sides = side_of(people(("red", reds), ("blue", blues), *strangers, seed=seed))
    assert len(set(sides[:reds])) == len(set(sides[reds : reds + blues])) == 1 and sides[0] != sides[reds]


def test_the_team_of_more_people_is_the_first() -> None:
    assert side_of(people(("red", 5), ("blue", 9))) == [1] * 5 + [0] * 9


@settings(max_examples=60)
@given(st.integers(0, 40), st.integers(0, 99))
def test_people_in_one_kit_are_not_two_teams(count: int, seed: int) -> None:
    assert fit(people(("red", count), seed=seed), S) is None


@pytest.mark.parametrize("light", [0.5, 1.0, 3.0])
def test_one_kit_in_light_that_grows_over_the_pitch_is_not_two_teams(light: float) -> None:
    def found(lit: Floats, seed: int) -> bool:
        noise = np.random.default_rng(seed).normal(0, 0.005, (len(lit), NUMBERS))
        return fit(units(vector("red") + lit[:, None] * vector("light") + noise), S) is not None

    even = np.linspace(0, light, 20, dtype=np.float32)
    assert not any(found(even, seed) for seed in range(20))
    spread = [np.random.default_rng(seed).uniform(0, light, 20).astype(np.float32) for seed in range(60)]
    assert sum(found(lit, seed) for seed, lit in enumerate(spread)) <= 12, "they may be in two heaps by chance"


def test_one_kit_in_sun_and_shade_that_lie_near_is_not_two_teams() -> None:
    lit = 0.5 * (np.arange(20) % 2)[:, None] * vector("light")
    assert fit(units(people(("red", 20)) + lit), S) is None


def test_a_handful_of_others_is_no_team() -> None:
    assert fit(people(("red", 18), ("black", 3)), S) is None
    assert fit(people(("red", 7), ("black", 2)), S) is None


def test_people_of_many_kits_are_no_two_teams() -> None:
    assert fit(people(*((f"kit {n}", 3) for n in range(7))), S) is None


def test_too_few_people_are_no_teams() -> None:
    assert fit(people(("red", 4), ("blue", 3)), S) is None
    assert fit(np.zeros((0, NUMBERS), np.float32), S) is None


@given(st.integers(8, 30), st.integers(1, 3))
def test_people_who_are_exactly_alike_bring_nothing_down(count: int, kinds: int) -> None:
    means = np.eye(4, dtype=np.float32)[np.arange(count) % kinds]
    found = fit(means, S)
    assert kinds == 3 or (found is not None) == (kinds == 2)
    assert found is None or (np.isfinite(found.teams).all() and found.breadth > 0)
