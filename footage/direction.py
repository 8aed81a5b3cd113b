"""The director: which camera is on air, when to cut, and what to show again."""

import math
from dataclasses import dataclass

import numpy as np

from footage.camera import Moment, Operator, Spring, main_camera, moment, sampled, unwrapped
from footage.dice import F64, Dice
from footage.presets import Preset
from footage.world import Happening, Play, ShotKind, View

MARGIN_S = 0.5  # how much longer than the footage the play should be, for frames between samples
SLOW = 0.5
WIPE_S = 0.6
SHOWN_AGAIN = ("goal", "save", "shot", "foul")
CLOSE_STANDS = (
    (-34.0, -41.0, 2.2), (0.0, -42.0, 2.6), (34.0, -41.0, 2.2), (-20.0, -52.0, 8.0), (20.0, -52.0, 8.0),
    (-63.0, -14.0, 1.9), (63.0, -14.0, 1.9), (-63.0, 14.0, 1.9), (63.0, 14.0, 1.9),
)  # fmt: skip
WIDE_STANDS = ((-52.0, -66.0, 21.0), (52.0, -66.0, 21.0), (0.0, -84.0, 31.0), (-84.0, -6.0, 17.0), (84.0, 6.0, 17.0))
REPLAY_STANDS = ((-26.0, -50.0, 7.0), (26.0, -50.0, 7.0), (-66.0, 9.0, 6.0), (66.0, -9.0, 6.0))


@dataclass(frozen=True, slots=True)
class Shot:
    """What is on air from one cut to the next."""

    kind: ShotKind
    first: int  # frame
    count: int  # frames
    play_from_s: float
    speed: float
    eye_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    person: int = -1
    tall_px: float = 600.0


def direct(play: Play, preset: Preset, seed: int, fps: float, seconds: float) -> list[View]:
    """One view a frame."""
    frames = round(seconds * fps)
    dice = Dice(seed, f"{preset.name} camera")
    live = main_camera(preset, dice)
    plan = Plan(play, preset, Dice(seed, f"{preset.name} cuts"), fps)
    views: list[View] = []
    shot, number = plan.opening(), 0
    other: Follower | None = None
    for frame in range(frames + math.ceil(WIPE_S / 2 * fps) + 1):  # a wipe begins before its cut
        now_s = frame / fps
        pan, tilt, fov = live.see(moment(play, now_s), 1 / fps)
        cut = frame > 0 and frame >= shot.first + shot.count
        if cut:
            shot, number = plan.after(shot, frame), number + 1
            other = None if shot.kind == "main" else Follower(shot, Dice(seed, f"{preset.name} shot {number}"))
        if other is None:
            shake = live.shake(now_s, fov)
            view = View(now_s, "main", number, cut, None, live.eye_m, pan + shake[0], tilt + shake[1], fov, 75.0)
        else:
            view = other.view(play, frame, number, cut, fps)
        views.append(view)
    return wiped(views, fps)[:frames]


class Plan:
    """Decides cut after cut, from what has been seen so far."""

    def __init__(self, play: Play, preset: Preset, dice: Dice, fps: float) -> None:
        self._play = play
        self._preset = preset
        self._dice = dice
        self._fps = fps
        self._deck: list[ShotKind] = []

    def opening(self) -> Shot:
        return Shot("main", 0, self._main_frames(), 0.0, 1.0)

    def after(self, last: Shot, frame: int) -> Shot:
        """The next shot."""
        now_s = frame / self._fps
        again = self._dice.chance(0.3)
        if last.kind == "main" or (last.kind == "close" and again):
            return self._aside(frame, now_s)
        return Shot("main", frame, self._main_frames(), now_s, 1.0)

    def _main_frames(self) -> int:
        if self._preset.shot_s is None:
            return 1 << 40
        seconds = self._preset.shot_s * self._dice.uniform(0.5, 1.5)
        return max(1, round(max(2.0, seconds) * self._fps))

    def _aside(self, frame: int, now_s: float) -> Shot:
        """A close-up, the other wide camera, or something shown again."""
        seconds, kind = self._dice.uniform(2.2, 5.5), self._draw()
        event = self._event(now_s)
        stand = self._dice.pick(1 << 20)
        if kind == "replay" or (event and self._dice.chance(0.4)):
            if now_s < 9.0:
                self._deck.append("replay")
                kind = "close"
            else:
                kind = "replay"
        if kind == "replay":
            return self._replay(frame, now_s, seconds, event, stand)
        count = round(seconds * self._fps)
        if kind == "wide":
            eye = WIDE_STANDS[stand % len(WIDE_STANDS)]
            return Shot("wide", frame, count, now_s, 1.0, eye)
        person = self._person(now_s, event)
        tall = self._dice.uniform(420.0, 820.0)
        eye = best_stand(CLOSE_STANDS, sampled(self._play, now_s)[0][person], tall, stand)
        return Shot("close", frame, count, now_s, 1.0, eye, person, tall)

    def _draw(self) -> ShotKind:
        """From a deck, so that each kind comes around."""
        if not self._deck:
            self._deck = ["close", "close", "replay", "wide"]
        return self._deck.pop(self._dice.pick(len(self._deck)))

    def _event(self, now_s: float) -> Happening | None:
        """The last thing worth showing again, if it is not long ago."""
        past = [h for h in self._play.happenings if h.kind in SHOWN_AGAIN and now_s - 11.0 < h.at_s < now_s - 1.0]
        return past[-1] if past else None

    def _replay(self, frame: int, now_s: float, seconds: float, event: Happening | None, stand: int) -> Shot:
        seconds = max(3.6, seconds)
        shown = seconds * SLOW
        start = event.at_s - 0.55 * shown if event else now_s - self._dice.uniform(3.0 + shown, 8.0)
        start = max(0.0, min(start, now_s - shown - 0.5))
        ball = sampled(self._play, start)[1]
        half = [eye for eye in REPLAY_STANDS if eye[0] * float(ball[0]) >= 0] or list(REPLAY_STANDS)
        return Shot("replay", frame, round(seconds * self._fps), start, SLOW, half[stand % len(half)])

    def _person(self, now_s: float, event: Happening | None) -> int:
        """Whom to look at: who did it, or one of those around the ball."""
        at, ball = sampled(self._play, now_s)
        people = self._play.people
        if event is not None and event.person is not None and self._dice.chance(0.5):
            return next(k for k, person in enumerate(people) if person.id == event.person)
        present = self._play.present[min(len(self._play.present) - 1, int(now_s * self._play.rate))]
        far = np.sqrt(((at - ball[:2]) ** 2).sum(axis=1)) + np.where(present, 0.0, 999.0)
        far = far + np.array([30.0 if person.role == "other" else 0.0 for person in people])
        return int(np.argsort(far, kind="stable")[self._dice.pick(5)])


def best_stand(
    stands: tuple[tuple[float, float, float], ...], at: F64, tall_px: float, choice: int
) -> tuple[float, float, float]:
    """A stand from which a person fills that many of 1080 lines with a lens of 2.5 to 6 degrees."""

    def misfit(eye: tuple[float, float, float]) -> float:
        far = math.dist(eye[:2], (float(at[0]), float(at[1])))
        fov = math.degrees(close_fov(far, tall_px))
        return max(0.0, 2.6 - fov) + max(0.0, fov - 5.8)

    good = [eye for eye in stands if misfit(eye) == 0.0]
    return good[choice % len(good)] if good else min(stands, key=misfit)


def close_fov(far: float, tall_px: float) -> float:
    return 2 * math.atan(0.5 * 1.82 * 1080.0 / tall_px / far)


class Follower:
    """The camera of one shot that is not the main camera's."""

    def __init__(self, shot: Shot, dice: Dice) -> None:
        self._shot = shot
        fov = (math.radians(17.0), math.radians(30.0)) if shot.kind == "wide" else (math.radians(7), math.radians(17))
        self._operator = Operator(shot.eye_m, dice, 1.1, fov)
        self._spring: Spring | None = None
        self._pan = math.pi / 2

    def view(self, play: Play, frame: int, number: int, cut: bool, fps: float) -> View:
        """What it sees at a frame on air."""
        shot = self._shot
        play_s = shot.play_from_s + (frame - shot.first) / fps * shot.speed
        now = moment(play, play_s)
        if shot.kind == "close":
            pan, tilt, fov, focus = self._on_person(now, 1 / fps)
        else:
            pan, tilt, fov = self._operator.see(now, shot.speed / fps)
            focus = math.dist((*now.ball_m[:2], 0.0), shot.eye_m)
        shake = self._operator.shake(frame / fps, fov)
        tremble = 2.2 if shot.kind == "close" else 1.0
        return View(play_s, shot.kind, number, cut, None, shot.eye_m,
                    pan + tremble * shake[0], tilt + tremble * shake[1], fov, focus)  # fmt: skip

    def _on_person(self, now: Moment, dt: float) -> tuple[float, float, float, float]:
        """A long lens on one body."""
        at = now.at_m[self._shot.person]
        target = np.array((float(at[0]), float(at[1])))
        if self._spring is None:
            self._spring = Spring(target)
        look = self._spring.step(target + 0.32 * self._spring.speed, 6.0, dt)
        gap = np.array((look[0], look[1], 1.02)) - np.array(self._shot.eye_m)
        flat = math.hypot(float(gap[0]), float(gap[1]))
        fov = min(math.radians(6.0), max(math.radians(2.5), close_fov(flat, self._shot.tall_px)))
        self._pan = unwrapped(math.atan2(float(gap[1]), float(gap[0])), self._pan)
        return self._pan, math.atan2(float(gap[2]), flat), fov, math.hypot(flat, 1.0)


def wiped(views: list[View], fps: float) -> list[View]:
    """Cover the cuts into and out of replays."""
    out = list(views)
    half = WIPE_S / 2
    for k in range(1, len(views)):
        if not views[k].cut or "replay" not in (views[k].shot, views[k - 1].shot):
            continue
        reach = math.ceil(half * fps)
        for j in range(max(0, k - reach), min(len(views), k + reach + 1)):
            share = 0.5 + (j - k) / fps / WIPE_S
            if 0.0 <= share <= 1.0:
                out[j] = with_wipe(views[j], share)
    return out


def with_wipe(view: View, share: float) -> View:
    """The same view while a wipe covers this share of its way."""
    return View(view.play_s, view.shot, view.shot_no, view.cut, share, view.eye_m,
                view.pan, view.tilt, view.fov, view.focus_m)  # fmt: skip
