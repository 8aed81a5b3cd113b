"""What is left out for a stream when the machine does not keep up: a table of levels, and who gives way when."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

S = 1_000_000_000
RAISE_SHARE = 0.4  # of the age that a stream allows: if half of its recent frames are older, somebody gives way
FRAMES_SHARE = 0.8  # the same before frames are left out: it is worth it where they would be lost otherwise
CALM_SHARE = 0.25  # if nine of ten frames of every stream are younger, something is taken back
LEAST_NS = 60_000_000  # of an age that is too much: below it a frame mostly is in work, and does not wait
WINDOW_NS = S // 2  # what counts as recent
RAISE_EVERY_NS = S // 2  # so that what was left out can show its effect
FRAMES_AFTER_NS = S  # the same before frames are left out: much that waits is worked off by then
FALLS_TO = 0.9  # of the ages before: what waits is being worked off, and nothing more has to be left out
SETTLE_NS = 2 * S  # of a stream that begins, or comes back: it catches up with what was kept for it
CALM_NS = 2 * S  # before something is taken back
LONGEST_CALM_NS = 60 * S  # it doubles up to this where what was taken back had to be left out again
SWINGS_NS = 20 * S  # after which what was taken back has proved right
FLOWS_NS = S  # a stream without a frame for so long has nothing to give
LOOK_EVERY_NS = S // 10
MOST_AGES = 128  # of a stream, within the window
LEFT_OUT = "left out to keep up"


class Ease(NamedTuple):
    """One level: each stage does one in so many of what it would do."""

    masks: int  # of the looks of propagate's net
    looks: int  # of detect's
    crops: int  # that associate takes
    frames: int  # that decode hands on


LEVELS = (
    Ease(masks=1, looks=1, crops=1, frames=1),
    Ease(masks=2, looks=1, crops=1, frames=1),
    Ease(masks=4, looks=2, crops=2, frames=1),
    Ease(masks=8, looks=4, crops=4, frames=1),
    Ease(masks=8, looks=4, crops=4, frames=2),
    Ease(masks=8, looks=4, crops=4, frames=4),
)
MOST = len(LEVELS) - 1


def at(level: int) -> Ease:
    """What a level means; beyond the last one nothing more is left out."""
    return LEVELS[min(max(level, 0), MOST)]


def crops(most: int, level: int) -> int:
    """How many crops of a frame are taken where usually so many are: at least one."""
    return max(1, most // at(level).crops)


def is_handed_on(seq: int, level: int) -> bool:
    """Whether decode hands on this frame."""
    return seq % at(level).frames == 0


def left_out(level: int, priority: int) -> str:
    """Why a frame is not handed on, as its gap says it."""
    return f"{LEFT_OUT}: of this stream, of priority {priority}, one frame in {at(level).frames} is worked on"


def is_left_out(detail: str) -> bool:
    """Whether a gap is of frames that were left out so."""
    return detail.startswith(LEFT_OUT)


def _costs_frames(level: int) -> bool:
    """Whether the next level leaves out frames, or more of them."""
    return at(level + 1).frames > at(level).frames


class Share(NamedTuple):
    """What a stream is entitled to."""

    priority: int
    max_age_ns: int


class Step(NamedTuple):
    """A stream's level has to change."""

    stream: str
    before: int
    level: int
    why: str


@dataclass(slots=True)
class Watched:
    """What is known of one stream lately."""

    share: Share
    level: int
    settled_ns: int  # what was before does not count
    last_ns: int | None = None
    lost_ns: int | None = None
    ages: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MOST_AGES))  # when told, how old

    def recent(self, now_ns: int) -> list[int]:
        """Ages within the window, the youngest first."""
        while self.ages and now_ns - self.ages[0][0] > WINDOW_NS:
            self.ages.popleft()
        return sorted(age for _, age in self.ages)

    @property
    def falls(self) -> bool:
        """Whether frames are much younger now than they were at the beginning of the window."""
        told = [age for _, age in self.ages]
        half = len(told) // 2
        return half > 1 and sorted(told[half:])[half // 2] < FALLS_TO * sorted(told[:half])[half // 2]

    def loses(self, now_ns: int) -> bool:
        return self.lost_ns is not None and now_ns - self.lost_ns <= WINDOW_NS

    def flows(self, now_ns: int) -> bool:
        return self.last_ns is not None and now_ns - self.last_ns <= FLOWS_NS

    def limit_ns(self, share: float) -> float:
        return max(LEAST_NS, share * self.share.max_age_ns)


class Controller:
    """Decides who gives way: the lowest priority first, as far as it goes, and the highest is the first to get back.

    It is told of ages and losses with the time at which they were told, and asked now and then; it has no clock.
    """

    def __init__(self, shares: Mapping[str, Share], levels: Mapping[str, int], now_ns: int) -> None:
        self._streams = {
            name: Watched(share, levels.get(name, 0), now_ns + SETTLE_NS) for name, share in shares.items()
        }
        self._look_ns = self._calm_since_ns = now_ns
        self._raised_ns = self._taken_back_ns = -LONGEST_CALM_NS
        self._is_trial = False  # the last change took something back, which has yet to prove right
        self._too_little, self._wait_ns = -1, CALM_NS  # the sum of levels that did not do, and how long not to try it

    def settle(self, stream: str, now_ns: int) -> None:
        """It begins, or comes back after a worker was lost: how old its frames are now says nothing."""
        watched = self._streams[stream]
        watched.settled_ns, watched.lost_ns = now_ns + SETTLE_NS, None
        watched.ages.clear()

    def aged(self, stream: str, age_ns: int, now_ns: int) -> None:
        """One of its frames was published at this age."""
        watched = self._streams[stream]
        watched.last_ns = now_ns
        if now_ns >= watched.settled_ns:
            watched.ages.append((now_ns, age_ns))

    def lost(self, stream: str, now_ns: int) -> None:
        """Some of its frames came to nothing because they waited too long, or found no room."""
        watched = self._streams[stream]
        watched.last_ns = now_ns
        if now_ns >= watched.settled_ns:
            watched.lost_ns = now_ns

    def decide(self, now_ns: int) -> Step | None:
        """What to change now, if anything: one level of one stream at a time."""
        if now_ns < self._look_ns:
            return None
        self._look_ns = now_ns + LOOK_EVERY_NS
        if self._is_trial and now_ns - self._taken_back_ns > SWINGS_NS:
            self._is_trial, self._too_little, self._wait_ns = False, -1, CALM_NS
        trouble = self._trouble(now_ns)
        if trouble or not self._is_calm(now_ns):
            self._calm_since_ns = now_ns
        if trouble:
            return self._raised(trouble, now_ns)
        return self._taken_back(now_ns)

    def _trouble(self, now_ns: int) -> str | None:
        """What is wrong, for people; None if nothing is that should cost the next one anything."""
        share = CALM_SHARE if self._is_trial else RAISE_SHARE
        chosen = self._next(now_ns)
        if chosen and _costs_frames(self._streams[chosen].level):
            share = FRAMES_SHARE
        for name, watched in self._streams.items():
            ages = watched.recent(now_ns)
            if watched.falls:
                continue
            if watched.loses(now_ns):
                return f"frames of {name} came too late"
            if ages and (middle := ages[len(ages) // 2]) > watched.limit_ns(share):
                allowed_ms = watched.share.max_age_ns / 1e6
                return f"frames of {name} are {middle / 1e6:.0f} ms old, {allowed_ms:.0f} are allowed"
        return None

    def _next(self, now_ns: int) -> str | None:
        """Who is the next to give way."""
        able = [name for name, w in self._streams.items() if w.level < MOST and w.flows(now_ns)]
        return min(able, key=self._rank, default=None)

    def _is_calm(self, now_ns: int) -> bool:
        """Whether all frames are young enough for something to be taken back; frames are, as soon as they can be."""
        chosen = self._first_back
        costs_frames = chosen is not None and _costs_frames(self._streams[chosen].level - 1)
        share = RAISE_SHARE if costs_frames else CALM_SHARE
        every = [(watched, ages) for watched in self._streams.values() if (ages := watched.recent(now_ns))]
        young = (ages[len(ages) * 9 // 10] <= watched.limit_ns(share) for watched, ages in every)
        return bool(every) and all(young)  # where nothing comes, nothing is known

    def _raised(self, why: str, now_ns: int) -> Step | None:
        chosen = self._next(now_ns)
        if chosen is None:
            return None
        pause_ns = FRAMES_AFTER_NS if _costs_frames(self._streams[chosen].level) else RAISE_EVERY_NS
        if now_ns - self._raised_ns < pause_ns:
            return None
        if self._is_trial:
            self._too_little, self._wait_ns = self._sum, min(2 * self._wait_ns, LONGEST_CALM_NS)
        self._raised_ns, self._is_trial = now_ns, False
        return self._step(chosen, +1, why)

    def _taken_back(self, now_ns: int) -> Step | None:
        chosen = self._first_back
        wait_ns = self._wait_ns if self._sum - 1 <= self._too_little else CALM_NS
        if chosen is None or now_ns - self._calm_since_ns < wait_ns:
            return None
        if self._is_trial and self._sum <= self._too_little:  # what did not do before does now
            self._too_little, self._wait_ns = -1, CALM_NS
        self._calm_since_ns = self._taken_back_ns = now_ns
        self._is_trial = True
        return self._step(chosen, -1, "all frames are young again")

    @property
    def _first_back(self) -> str | None:
        """Who is the first to get something back."""
        eased = [name for name, w in self._streams.items() if w.level]
        return max(reversed(eased), key=self._rank, default=None)

    @property
    def _sum(self) -> int:
        return sum(watched.level for watched in self._streams.values())

    def _rank(self, stream: str) -> tuple[int, int]:
        """Who gives way first has the lowest: equals take turns."""
        watched = self._streams[stream]
        return watched.share.priority, watched.level

    def _step(self, stream: str, by: int, why: str) -> Step:
        """Change the level; only what comes from now on tells how it goes."""
        for watched in self._streams.values():
            watched.ages.clear()
            watched.lost_ns = None
        before = self._streams[stream].level
        self._streams[stream].level += by
        return Step(stream, before, before + by, why)
