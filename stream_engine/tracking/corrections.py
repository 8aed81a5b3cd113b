"""What an operator says about who is who, and what becomes of it."""

import numpy as np

from stream_engine.messages import ChangeKind, Correction
from stream_engine.tracking.known import Known
from stream_engine.tracking.looks import Looks

DONE: dict[str, ChangeKind] = {"swap": "swapped", "merge": "merged", "split": "split", "name": "named"}
OF = {"swap": 2, "merge": 2, "split": 1, "name": 1}  # how many tracks each is about


class CorrectionError(ValueError):
    """Why something cannot be so."""


def corrected(known: Known, said: Correction, looks: Looks | None) -> tuple[ChangeKind, tuple[int, ...]]:
    """Identities are put right; what became of which, to be told. CorrectionError: that cannot be."""
    _check(known, said)
    ids = said.track_ids
    if said.kind == "swap":
        _swap(known, looks, *ids)
    elif said.kind == "merge":
        _merge(known, looks, *ids)
    elif said.kind == "split":
        ids = (ids[0], _split(known, looks, ids[0]))
    elif said.name is not None:
        known.names[ids[0]] = said.name
        known.named.add(ids[0])
    return DONE[said.kind], ids


def _check(known: Known, said: Correction) -> None:
    ids = said.track_ids
    if len(ids) != OF[said.kind] or len(set(ids)) != len(ids):
        raise CorrectionError(f"{said.kind} is about {OF[said.kind]} different track(s), not {list(ids)}")
    if said.kind == "name" and said.name is None:
        raise CorrectionError("a name is missing")
    there = known.alive()
    if unknown := [track_id for track_id in ids if track_id not in there]:
        raise CorrectionError(f"there is no track {unknown[0]}")


def _swap(known: Known, looks: Looks | None, first: int, second: int) -> None:
    if not np.isin(known.people.ids, (first, second)).any():
        raise CorrectionError(f"neither {first} nor {second} is in this shot: nobody is taken for the other")
    known.swap(first, second)
    known.people = known.people.decided((first, second))
    if looks:
        looks.swap(first, second)


def _merge(known: Known, looks: Looks | None, first: int, second: int) -> None:
    both = known.people.rows(np.isin(known.people.ids, (first, second)))
    if (both.unseen == 0).sum() == 2:
        raise CorrectionError(f"{first} and {second} are in the picture together: they are two people")
    known.people = known.people.merged(first, second)
    known.shots.merge(first, second)
    known.lost.discard(second)
    if (known.people.unseen[known.people.ids == first] == 0).any():
        known.lost.discard(first)
    if looks:
        looks.gallery.merge(first, second)
        looks.settle(second, first, {first})
    known.one_name(first, second)


def _split(known: Known, looks: Looks | None, track_id: int) -> int:
    if not (known.people.ids == track_id).any():
        raise CorrectionError(f"{track_id} is not in this shot: there is nobody who could be somebody else")
    known.last_id += 1
    known.people = known.people.renamed(track_id, known.last_id)
    if looks:
        looks.swap(track_id, known.last_id)
    return known.last_id
