"""`stream-engine correct`: somebody says who is who; what they say is checked, and told to associate."""

from collections.abc import Sequence
from typing import Literal

from stream_engine.config import Config
from stream_engine.engines import OFF
from stream_engine.messages import Correction
from stream_engine.telling import TellingError, check_name, check_stream, shown, tell

ID_LIMIT = 1 << 62  # as in messages.TrackId
DIGITS = len(str(ID_LIMIT))

Kind = Literal["swap", "merge", "split", "name"]
FORMS: dict[Kind, str] = {"swap": "ID ID", "merge": "ID ID", "split": "ID", "name": "ID NAME"}


def correct(config: Config, stream: str, what: str, words: Sequence[str]) -> str:
    """Tell the running service; the name of the worker that was told."""
    check_stream(config, stream)
    if config.stages.associate.net == OFF:
        raise TellingError(f'stages.associate.net is "{OFF}", which has no tracks to correct; set it to "motion"')
    return tell(config, correction_of(stream, what, words))


def correction_of(stream: str, what: str, words: Sequence[str]) -> Correction:
    """What was said, if it can be meant of any tracks."""
    kind = _kind(what)
    form = FORMS[kind].split()
    if len(words) != len(form):
        raise TellingError(f"{kind}: {len(words)} words follow it; say: {kind} {FORMS[kind]}")
    ids = tuple(_track_id(word) for word, place in zip(words, form, strict=True) if place == "ID")
    if len(set(ids)) < len(ids):
        raise TellingError(f"{kind}: both tracks are {ids[0]}; say: {kind} {FORMS[kind]}")
    if kind != "name":
        return Correction(stream, kind, ids)
    check_name(words[1], "name")
    return Correction(stream, kind, ids, words[1])


def _kind(what: str) -> Kind:
    kinds: dict[str, Kind] = {each: each for each in FORMS}
    if what not in kinds:
        forms = ", ".join(f"{kind} {form}" for kind, form in FORMS.items())
        raise TellingError(f"{shown(what)} is nothing that can be put right; say one of: {forms}")
    return kinds[what]


def _track_id(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= DIGITS and int(word) < ID_LIMIT):
        raise TellingError(f"{shown(word)} is no track's id; those are the numbers that events have as track_id")
    return int(word)
