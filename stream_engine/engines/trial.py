"""What a net proves before it is used: of two pictures together it says what it says of each alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Arrays, Net
from stream_engine.engines import EngineError

PICTURE = (270, 320)  # rows of NV12, columns
GREY = np.full(PICTURE, 128, np.uint8)
DARK, BRIGHT = (16, 100), (140, 236)  # values of their noise
NEAR = 0.2  # of what the two pictures' answers differ by; a runtime may round a batch in another way
ROUNDING = 1e-4  # of the greatest number of an answer: what two answers that are the same may differ by


class Looking(Protocol):
    """Takes from pictures what its net needs, and answers for many of them at once."""

    def take(self, nv12: NDArray[np.uint8]) -> Any:
        """What is needed of a picture."""

    def answer(self, taken: Sequence[Any]) -> Sequence[Any]:
        """What each picture shows; None where the outputs cannot be used."""


L = TypeVar("L", bound=Looking)


def tried(name: str, net: Net, detector_of: Callable[[Net], L]) -> L:
    """The detector, or whatever looks; EngineError if what it says of pictures cannot be used."""
    heard = _Heard(net)
    detector = detector_of(heard)
    pictures = [detector.take(picture) for picture in _pictures()]
    if any(told is None for told in detector.answer(pictures)):
        raise EngineError(
            f"{name}: what it says of a picture cannot be used: numbers are needed, and scores between 0 and 1"
        )
    together, alone = heard.told(2), [_alone(detector, heard, picture) for picture in pictures]
    if wrong := [output for output in together if _mixed(together[output], [each[output][0] for each in alone])]:
        raise EngineError(
            f"{name}: its {wrong[0]} says something else of two pictures together than of each alone: "
            "it must answer for every picture of a batch by itself"
        )
    return detector_of(net)


class Numbers:
    """A net whose answers have to be numbers."""

    def __init__(self, name: str, net: Net) -> None:
        self._name, self._net = name, net

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        """Its outputs; EngineError if one is not finite."""
        outputs = self._net.run(arrays)
        for output, array in outputs.items():
            if not np.isfinite(array).all():
                raise EngineError(f"{self._name}: its {output} of a picture to try it are no numbers")
        return outputs


class _Heard:
    """A net, and what it has answered since it was last asked for that."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._answers: list[Arrays] = []

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        self._answers.append(self._net.run(arrays))
        return self._answers[-1]

    def told(self, pictures: int) -> Arrays:
        """Of so many pictures; what fills up a batch comes after them."""
        answers, self._answers = self._answers, []
        return {name: np.concatenate([each[name] for each in answers])[:pictures] for name in answers[0]}


def _alone(detector: Looking, heard: _Heard, picture: Any) -> Arrays:
    detector.answer([picture])
    return heard.told(1)


def _pictures() -> list[NDArray[np.uint8]]:
    """Noise, dark and bright: no net that looks says the same of both, and no two places of one are alike."""
    chance = np.random.default_rng(1)
    return [chance.integers(low, high, PICTURE, np.uint8) for low, high in (DARK, BRIGHT)]


def _mixed(together: NDArray[Any], alone: Sequence[NDArray[Any]]) -> bool:
    """Whether one of the answers given together is not that of its picture."""
    least = ROUNDING * max(float(np.abs(each).max(initial=0)) for each in alone)
    allowed = NEAR * _apart(*alone) + least
    return any(_apart(ours, theirs) > allowed for ours, theirs in zip(together, alone, strict=True))


def _apart(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """How far numbers lie apart in the mean, in any order: which of two boxes is the better may hang on rounding."""
    return float(np.abs(np.subtract(np.sort(ours, axis=None), np.sort(theirs, axis=None), dtype=np.float64)).mean())
