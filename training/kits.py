"""How well embeddings tell kits apart: looks at players of rendered matches, grouped as the service groups them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from footage.film import VERSION
from stream_engine.config import AssociateConfig, TagConfig
from stream_engine.engines import COLOURS
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Track
from stream_engine.models.embeddings import Embedder, Jersey
from stream_engine.models.embeddings.jersey import jersey_of
from stream_engine.teams.fitting import fit
from stream_engine.teams.frame import Frame
from stream_engine.teams.person import Person
from stream_engine.teams.settings import TeamSettings
from training.filmed import SIZE
from training.reid.crops import EACH, ROLES, Crops

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

TOGETHER = 64  # looks that are told at once
REID, SHIRT = "nano-reid", 2  # of its vectors the one of the shirt
SETTINGS = TeamSettings()
WHATEVER = replace(SETTINGS, fewest_people=2, fewest_in_team=1, least_share=0.0, margin=0.0)  # two groups in any case


class Look(NamedTuple):
    """Somebody's shirt at a moment, in a picture of what was kept of them."""

    picture: Bytes  # NV12
    box: NDArray[np.float64]
    mask: MaskRle
    jersey: Jersey


class Match(NamedTuple):
    """Looks at the players of two teams."""

    looks: list[Look]
    person: Whole  # of each look
    team: Whole  # 0 or 1


class Figures(NamedTuple):
    """Of one match."""

    people: int
    right: int  # of them in the group of their team
    looks: int
    nearer: int  # of them to the others of their own team
    margin: float  # of the two groups
    accepted: bool  # as two teams
    alone: int  # teams that were shown without the other
    split: int  # of them taken for two


Tell = Callable[[Sequence[Look]], Floats]  # a vector of each; zeros where nobody can tell


def looks_of(crops: Crops, most: int | None = None) -> Match:
    """Those at which the service would look; of each player at most so many, the first ones."""
    found: list[tuple[Look, int, int]] = []
    seen: Counter[int] = Counter()
    for row in clear_rows(crops):
        who = int(crops.person[row])
        plays = crops.role[row] == ROLES.index("player") and (most is None or seen[who] < most)
        if plays and (look := _look(crops, row)):
            seen[who] += 1
            found.append((look, who, int(crops.kit[row])))
    _, team = np.unique([kit for *_, kit in found], return_inverse=True)
    people = np.array([who for _, who, _ in found], np.int64)
    return Match([look for look, *_ in found], people, np.asarray(team, np.int64))


def clear_rows(crops: Crops) -> Iterator[int]:
    """Frame by frame those who can be seen well enough; people of whom nothing was kept cover nobody."""
    for number in np.unique(crops.frame).tolist():
        rows = np.flatnonzero(crops.frame == number)
        boxes = crops.box[rows].astype(np.float64)
        tracks = tuple(Track(at, "player", 1.0, (0.0, 0.0, 0.0, 0.0), None, True) for at in range(len(rows)))
        yield from rows[Frame(SIZE, tracks, np.arange(len(rows)), boxes).clear(SETTINGS)].tolist()


def _look(crops: Crops, row: int) -> Look | None:
    rows, columns = crops.luma.shape[1:]
    picture = np.vstack([crops.luma[row], crops.chroma[row].reshape(rows // 2, columns)])
    left, top, width, height = crops.place[row].tolist()
    box = (crops.box[row] - (left, top, left, top)) * np.tile((columns / width, rows / height), 2)
    mask = encode(crops.mask(row) > 0)
    jersey = jersey_of(picture, box, mask)
    return Look(picture, box, mask, jersey) if jersey else None


class Way(NamedTuple):
    """An embedding, and how far it says that two kits lie apart at least."""

    tell: Tell
    apart: float = 0.0


def tellers(nets: Iterable[str]) -> dict[str, Way]:
    """The built-in ways, and models of task tag."""
    from stream_engine.models.embeddings.colours import Colours

    told = {COLOURS: by_shirt(Colours()), f"{REID}, whole body": Way(by_reid(0)), f"{REID}, shirt": Way(by_reid(SHIRT))}
    for net in nets:
        from stream_engine.engines.nets import open_embedder

        told[net] = by_shirt(open_embedder(TagConfig(net=net))[1])
    return told


def by_shirt(embedder: Embedder) -> Way:
    """As the tag stage asks it."""

    def tell(looks: Sequence[Look]) -> Floats:
        return np.concatenate(embedder.answer([embedder.take(look.picture, [look.jersey]) for look in looks]))

    return Way(tell, embedder.apart)


def by_reid(part: int) -> Tell:
    """The vectors by which the built-in network tells people apart."""
    from stream_engine.engines.nets import open_reid

    reid = open_reid(AssociateConfig(net=REID))[1]

    def tell(looks: Sequence[Look]) -> Floats:
        told = reid.answer([reid.take(look.picture, look.box[None], [look.mask]) for look in looks])
        return np.concatenate([each.vectors[:, part] for each in told])

    return tell


def figures_of(match: Match, way: Way) -> Figures | None:
    """None of a match of which too little is seen for two teams."""
    looks, settings = match.looks, replace(SETTINGS, apart=way.apart)
    parts = [way.tell(looks[start : start + TOGETHER]) for start in range(0, len(looks), TOGETHER)]
    vectors = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    real = np.flatnonzero(vectors.any(axis=1))
    people = [who for who, count in _counts(match.person[real]) if count >= SETTINGS.fewest_looks]
    means = {who: _mean(vectors[real[match.person[real] == who]]) for who in people}
    team = {who: int(match.team[match.person == who][0]) for who in people}
    own = np.array([team[who] for who in people], np.int64)
    if np.bincount(own, minlength=2).min() < SETTINGS.fewest_in_team:
        return None
    whole = np.stack([means[who] for who in people])
    both, teams = fit(whole, WHATEVER), [whole[own == at] for at in range(2)]
    alone = [each for each in teams if len(each) >= SETTINGS.fewest_people]
    told = [
        _nearer(vectors[row], means[who], team[who], teams) for row in real if (who := int(match.person[row])) in means
    ]
    return Figures(
        len(people), _right(whole, own, both.teams) if both else 0, len(told), sum(told), both.margin if both else 0.0,
        fit(whole, settings) is not None, len(alone), sum(fit(each, settings) is not None for each in alone),
    )  # fmt: skip


def _counts(people: Whole) -> Iterator[tuple[int, int]]:
    who, counts = np.unique(people, return_counts=True)
    yield from zip(who.tolist(), counts.tolist(), strict=True)


def _mean(vectors: Floats) -> Floats:
    person = Person()
    for at, vector in enumerate(vectors):
        person.look(vector, None, at)
    assert person.mean is not None
    return person.mean


def _right(means: Floats, own: Whole, centres: Floats) -> int:
    """How many are in the group of their team, whichever that is."""
    groups = np.square(means[:, None] - centres).sum(axis=2).argmin(axis=1)
    return int(max((groups == own).sum(), (groups != own).sum()))


def _nearer(vector: Floats, mean: Floats, team: int, teams: Sequence[Floats]) -> bool:
    """Whether a look is nearer to the others of the own team than to the other team."""
    count = len(teams[team])
    others = (teams[team].sum(axis=0) - mean) / max(count - 1, 1)
    return bool(np.linalg.norm(vector - others) < np.linalg.norm(vector - teams[1 - team].mean(axis=0)))


def preset_of(path: Path) -> str:
    """What kind of match a file of crops is of."""
    return path.stem.removeprefix(f"{VERSION}-{EACH}-").rpartition("-")[0]


def summed(told: Sequence[Figures]) -> dict[str, float]:
    """Of several matches."""

    def share(part: str, of: str) -> float:
        whole = sum(getattr(one, of) for one in told)
        return round(sum(getattr(one, part) for one in told) / whole, 4) if whole else float("nan")

    margins = [one.margin for one in told]
    return {
        "matches": len(told),
        "people_right": share("right", "people"),
        "looks_nearer": share("nearer", "looks"),
        "margin_least": round(float(np.min(margins)), 2),
        "margin_median": round(float(np.median(margins)), 2),
        "accepted": sum(one.accepted for one in told),
        "alone": sum(one.alone for one in told),
        "split": sum(one.split for one in told),
    }


def by_preset(told: Mapping[str, Sequence[Figures]]) -> dict[str, dict[str, float]]:
    """And of all of them."""
    every = [one for each in told.values() for one in each]
    return {name: summed(each) for name, each in {**told, "all": every}.items() if each}
