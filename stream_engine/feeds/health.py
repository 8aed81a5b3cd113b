"""The health of a picture: black, frozen, or old pictures sent again, seen on a coarse sample of the luma."""

from collections import Counter, deque

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import Health

EVERY = 16  # every so many pixels and lines: 8 160 samples of a 1080p picture
BLACK_MEAN = 24  # of 8-bit video luma, where black is 16
BLACK_SPREAD = 4.0
# A picture is compared with the mean of the last half second, which tells slow play from what a codec does to
# a still picture: low-rate MPEG-2, the worst one tried, moves 5 of 920 samples.
BLEND = 1 / 16
SAME = 1.5  # mean difference
MOVED = 16  # a sample that differs by more shows something else
MOST_MOVED = 1 / 100  # of the samples
TEXTURE = 4.0  # spread below which a picture has nothing to recognise
MEMORY = 150  # pictures that are remembered: 5 s at 30 frames/s, what an encoder repeats; loops are longer


class PictureHealth:
    """Judges pictures in display order; a state has to last for `hold_s` before it is told.

    A picture is frozen when it stays the same within what a codec changes, and repeating when it is exactly
    the one of a constant lag ago, as pictures are whose packets were sent again.
    """

    def __init__(self, hold_s: float = 2.0) -> None:
        self._hold_ns = int(hold_s * 1e9)
        self._since: dict[Health, int] = {}
        self._marks: deque[int] = deque(maxlen=MEMORY)
        self._known: Counter[int] = Counter()  # how often each is among the marks
        self._lag = 0
        self._skipped = 0
        self._anchor: NDArray[np.float32] | None = None

    def judge(self, luma: NDArray[np.uint8], mono_ns: int) -> Health:
        """The state of the feed with this picture."""
        sample = luma[::EVERY, ::EVERY].astype(np.float32)
        mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(sample))
        black = mean < BLACK_MEAN and spread < BLACK_SPREAD
        frozen = self._is_still(sample)
        repeating = self._is_repeated(sample, spread)
        for state, holds in (("black", black), ("frozen", frozen), ("repeating", repeating)):
            if self._lasts(state, holds, mono_ns):  # type: ignore[arg-type]
                return state  # type: ignore[return-value]
        return "ok"

    def skip(self) -> None:
        """A picture that is not judged: it is like no other, and takes its place among those that are remembered."""
        self._skipped += 1
        self._remember(-self._skipped)

    def _lasts(self, state: Health, holds: bool, mono_ns: int) -> bool:
        if not holds:
            self._since.pop(state, None)
            return False
        return mono_ns - self._since.setdefault(state, mono_ns) >= self._hold_ns

    def _is_still(self, sample: NDArray[np.float32]) -> bool:
        anchor = self._anchor
        if anchor is not None and anchor.shape == sample.shape:
            change = cv2.absdiff(sample, anchor)
            if cv2.mean(change)[0] < SAME and np.count_nonzero(change > MOVED) <= MOST_MOVED * change.size:
                cv2.accumulateWeighted(sample, anchor, BLEND)
                return True
        self._anchor = sample
        return False

    def _is_repeated(self, sample: NDArray[np.float32], spread: float) -> bool:
        mark = hash(sample.tobytes())
        marks, at = self._marks, len(self._marks) - self._lag
        followed = self._lag > 1 and at >= 0 and marks[at] == mark
        if not followed and spread > TEXTURE:
            known = mark in self._known  # rarely: then it is worth looking where
            self._lag = next((lag for lag in range(2, len(marks) + 1) if marks[-lag] == mark), 0) if known else 0
            followed = self._lag > 1
        self._remember(mark)
        return followed and spread > TEXTURE

    def _remember(self, mark: int) -> None:
        if len(self._marks) == MEMORY:
            oldest = self._marks[0]
            self._known[oldest] -= 1
            if not self._known[oldest]:
                del self._known[oldest]
        self._marks.append(mark)
        self._known[mark] += 1
