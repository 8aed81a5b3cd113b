"""People of one scene, followed in closed loop: each next window comes from what the net has said itself."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from stream_engine.following.answers import LOSER
from stream_engine.following.motion import Motion
from stream_engine.following.windows import EMPTY, around, carried, moved, of_others, shares_of
from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.evidence import Evidence, rivals
from stream_engine.models.memory.rules import decide
from stream_engine.models.memory.settings import MemoryConfig, Mode
from stream_engine.models.propagators.nano import drawn_box, drawn_point, memory_spec
from training.propagator.net import HINTS, SIDE, SLOTS
from training.propagator.scenes import FRAMES, Scene
from training.propagator.views import Light, Views, placed, seen

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

MOST = 6  # people of a scene who are followed
# Memories stand for the number of the step at which they were made: what the rules do is the same.
SPEC = memory_spec((1,), SLOTS)


@dataclass(frozen=True, slots=True)
class Trouble:
    """How much harder than in service it is made, and how prompts come."""

    aside: float = 0.25  # share of windows that are far off their middle
    jitter: float = 0.06  # of middles and sides, in shares of the side
    box_noise: float = 0.06  # of the edges of prompts
    masks: float = 0.1  # share of prompts that are masks
    points: float = 0.06  # and points
    again: float = 0.02  # prompts at any step
    saved: float = 0.2  # of those who were lost and can be seen, prompted again
    late: float = 0.2  # share of people who are found later than the others
    alone: float = 0.15  # share of people who are not followed
    blank: float = 0.12  # share of steps in which somebody is not told where they were: only their memories can tell
    lonely: float = 0.08  # and of those in which they are not told where the others are


EASY = Trouble(0.0, 0.0, 0.03, *[0.0] * 8)


class Asked(NamedTuple):
    """What the net is given at one step of one scene, and what it should say; K people."""

    views: Views
    hints: Floats  # K, 3, HINTS, HINTS
    memories: Whole  # K, SLOTS: steps
    valid: NDArray[np.bool_]
    times: NDArray[np.int32]
    body: Array  # K, 4: middle, width and height of the body in shares of the window; no numbers: not there
    visible: Array  # K: share of the body
    started: NDArray[np.bool_]  # K: somebody has pointed at them by now


class Rollout:
    """One scene, every `stride` frames."""

    def __init__(self, scene: Scene, lit: Light, rng: Generator, trouble: Trouble, memory: MemoryConfig) -> None:
        self.scene, self._lit, self._rng, self._trouble, self._memory = scene, lit, rng, trouble, memory
        self.stride = 2 if trouble.jitter and rng.random() < 0.35 else 1
        self.frame = self._first()
        self.who = self._cast()
        count = len(self.who)
        self.step = 0
        self.started = np.zeros(count, np.bool_)
        late = rng.random(count) < trouble.late
        late[0] = False
        self._starts = np.where(late, rng.integers(1, 8, count), 0)
        self.motion = Motion.of(self._boxes())
        self._logits = np.full((count, SIDE, SIDE), EMPTY, np.float32)
        self._windows = around(self.motion).astype(np.float64)
        self._bank = Bank(SPEC, count, memory)
        opened = [self._bank.open() for _ in range(count)]
        self._handles = [handle for handle in opened if handle is not None]
        self._prompted = np.zeros(count, np.bool_)
        self._lost = np.zeros(count, np.int64)

    # --- the beginning --------------------------------------------------------------------------

    def _first(self) -> int:
        """A frame at which the one whom it is about can be seen."""
        if not self._trouble.jitter:
            return 0
        good = np.flatnonzero(self.scene.visible[: FRAMES // 3, self.scene.target] > 0.35)
        return int(self._rng.choice(good)) if len(good) else 0

    def _cast(self) -> list[int]:
        """Places of the people who are followed: the target, and whoever comes nearest."""
        scene, rng = self.scene, self._rng
        body, width = scene.body[self.frame :], scene.luma.shape[2] / scene.scale
        middles = (body[..., :2] + body[..., 2:]) / 2
        apart = np.linalg.norm(middles - middles[:, scene.target, None], axis=2)
        at = middles[0] - scene.corner[self.frame]
        margin, height = width / 12, scene.luma.shape[1] / scene.scale
        within = (at[:, 0] > margin) & (at[:, 0] < width - margin) & (at[:, 1] > margin) & (at[:, 1] < height - margin)
        fit = within & (scene.visible[self.frame] > 0.25)
        fit[scene.target] = False
        near = np.where(fit, np.nanmin(np.where(np.isfinite(apart), apart, np.inf), axis=0), np.inf)
        order = [int(place) for place in np.argsort(near, kind="stable") if np.isfinite(near[place])]
        kept = [place for place in order if rng.random() >= self._trouble.alone]
        return [scene.target, *kept[: MOST - 1]]

    def _boxes(self) -> Array:
        """What a detector would say: around what can be seen, nearly."""
        scene, rng = self.scene, self._rng
        boxes = scene.body[self.frame, self.who].copy()
        for row, place in enumerate(self.who):
            rows, columns = np.nonzero(scene.ids[self.frame] == scene.people[place])
            if len(rows) > 3:
                corner = scene.corner[self.frame]
                low = np.array((columns.min(), rows.min())) / scene.scale + corner
                high = np.array((columns.max() + 1, rows.max() + 1)) / scene.scale + corner
                boxes[row] = (*low, *high)
        sides = np.maximum(np.tile(boxes[:, 2:] - boxes[:, :2], 2), 4)
        return boxes + rng.normal(0, self._trouble.box_noise, boxes.shape) * sides

    # --- one step -------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        return self.frame + self.stride >= FRAMES

    def ask(self) -> Asked:
        """Look at the frame."""
        prompted, boxes = self._who_is_prompted(), self._boxes()
        found = Motion.of(boxes)
        self._before = self.motion
        if self.step:
            self._before = self._carried(self.motion)
            self.motion = self._before.ahead(self.stride)
        new = prompted[:, None]
        still = found._replace(velocity=self.motion.velocity * self.started[:, None])
        self._before = Motion(*(np.where(new, a, b) for a, b in zip(still, self._before, strict=True)))
        self.motion = Motion(*(np.where(new, a, b) for a, b in zip(still, self.motion, strict=True)))
        self.inside, windows = placed(self.scene, self.frame, self._shaken(around(self.motion).astype(np.float64)))
        views = seen(self.scene, self.frame, self.inside, self.who, self._lit)
        hints = self._hints(windows, prompted, boxes, views)
        self.started |= prompted
        self._prompted, self._windows = prompted, windows
        gathered = self._bank.gather(self._handles, self.step)
        valid = gathered.slot_valid & ~prompted[:, None]
        memories = gathered.features[..., 0].astype(np.int64)
        body = self.scene.body[self.frame, self.who]
        shares = np.hstack([(body[:, :2] + body[:, 2:]) / 2 - windows[:, :2], body[:, 2:] - body[:, :2]])
        shares = shares / np.tile(windows[:, 2:], 2)
        visible = self.scene.visible[self.frame, self.who]
        return Asked(views, hints, memories, valid, gathered.slot_tpos, shares, visible, self.started.copy())

    def _who_is_prompted(self) -> NDArray[np.bool_]:
        trouble, count = self._trouble, len(self.who)
        begins = ~self.started & (self.step >= self._starts)
        visible = self.scene.visible[self.frame, self.who] > 0.4
        again = self._rng.random(count) < trouble.again
        saved = (self._lost > 3) & (self._rng.random(count) < trouble.saved)
        inside = np.isfinite(self.scene.body[self.frame, self.who, 0])
        return np.asarray(
            ((begins | (self.started & (again | saved))) & visible & inside) | (begins & (self.step == 0))
        )

    def _carried(self, motion: Motion) -> Motion:
        for frame in range(self.frame - self.stride + 1, self.frame + 1):
            motion = motion.carried(self.scene.camera[frame])
        return motion

    def _shaken(self, windows: Array) -> Array:
        """About where they are; some far off."""
        trouble, rng, side = self._trouble, self._rng, windows[:, 2:3]
        if not trouble.jitter:
            return windows
        far = rng.random((len(windows), 1)) < trouble.aside
        off = np.where(far, rng.uniform(-0.3, 0.3, (len(windows), 2)), rng.normal(0, trouble.jitter, (len(windows), 2)))
        grown = side * np.exp(rng.normal(0, trouble.jitter * 1.5, side.shape))
        middle = windows[:, :2] + side / 2 + off * side
        return np.hstack([middle - grown / 2, grown, grown])

    def _hints(self, windows: Array, prompted: NDArray[np.bool_], boxes: Array, views: Views) -> Floats:
        before = self._windows
        if self.step:
            before = moved(self._windows, self._earlier, self.motion)
        own = shares_of(carried(self._logits, before, windows, HINTS))
        own[~self.started] = 0
        others = of_others(own, windows, np.zeros(len(own), np.int64), HINTS).shares
        blank, lonely = (self._rng.random(len(own)) < share for share in (self._trouble.blank, self._trouble.lonely))
        hints = np.stack((own, others, np.zeros_like(own)), 1)
        hints[blank, 0], hints[lonely, 1] = 0, 0
        for row in np.flatnonzero(prompted):
            hints[row, 0] = self._drawn(boxes[row], windows[row], views.own[row])
            hints[row, 2] = 1
        return hints

    def _drawn(self, box: Array, window: Array, own: Floats) -> Floats:
        """A prompt: mostly a box; some are masks, some points."""
        chance, trouble = self._rng.random(), self._trouble
        covered = np.argwhere(own > 0.9)
        if chance < trouble.masks and len(covered):
            return np.asarray(cv2.resize((own > 0.5).astype(np.float32), (HINTS, HINTS), interpolation=cv2.INTER_AREA))
        if chance < trouble.masks + trouble.points and len(covered):
            row, column = covered[int(self._rng.integers(len(covered)))] / 2
            return drawn_point(float(column), float(row), HINTS)
        return drawn_box((box - np.tile(window[:2], 2)) * HINTS / np.tile(window[2:], 2), HINTS)

    def told(self, logits: Floats, iou: Floats, object_logit: Floats, body: Floats, truth: Floats) -> None:
        """What the net said; `truth` is only there to know who is lost."""
        windows, count = self._windows, len(self.who)
        own = shares_of(logits)
        others = of_others(own * self.started[:, None, None], windows, np.zeros(count, np.int64), SIDE).shares
        covered = own * (own > 0.5)
        inside = covered.sum((1, 2))
        shared = (covered * (others > 0.5)).sum((1, 2)) / np.maximum(inside, 1)
        resolved = np.where(others > own, np.minimum(logits, LOSER), logits)
        there = (object_logit > 0) & self.started
        resolved[~there] = EMPTY
        boxes = np.hstack([body[:, :2] - body[:, 2:] / 2, body[:, :2] + body[:, 2:] / 2]) * np.tile(windows[:, 2:], 2)
        boxes = boxes + np.tile(windows[:, :2], 2)
        boxes[~there] = np.nan
        self.motion = self.motion.seen(self._before, boxes, self.stride)
        self._earlier, self._logits = self.motion, np.asarray(resolved, np.float32)
        decisions = decide(
            self._evidence(iou, object_logit, inside, shared), self._bank.past(self._handles), self._memory
        )
        self._bank.write(self._handles, decisions, np.full((len(decisions.rows), 1), self.step, np.float32))
        good = (self.scene.visible[self.frame, self.who] < 0.3) | _hit(own, truth)
        self._lost = np.where(good, 0, self._lost + 1)
        self.step += 1
        self.frame += self.stride

    def _evidence(self, iou: Floats, object_logit: Floats, inside: Floats, shared: Floats) -> Evidence:
        count = len(self.who)
        overlapped = np.repeat(shared[:, None], count, 1)
        none, boxes = np.full(count, np.nan), self.motion.boxes
        return Evidence(
            frame=np.full(count, self.step), object_logit=np.where(self.started, object_logit, -10.0), iou=iou,
            area=inside, box=boxes, alternative_iou=np.zeros((count, 0)), alternative_box=np.zeros((count, 0, 4)),
            detection_iou=none, overlap=overlapped, rival=rivals(boxes, self.scene.teams[self.who]),
            at_border=np.zeros(count, np.bool_), cut=np.zeros(count, np.bool_), prompted=self._prompted,
        )  # fmt: skip


def _hit(own: Floats, truth: Floats) -> NDArray[np.bool_]:
    """Whose mask lies mostly on them."""
    return np.asarray((own * (truth > 0.5)).sum((1, 2)) > 0.4 * np.maximum(own.sum((1, 2)), 1.0))


def fresh(scene: Scene, lit: Light, rng: Generator, trouble: Trouble) -> Rollout:
    """A rollout with a memory of any mode."""
    mode: Mode = ("selective", "selective", "selective", "recall", "none")[int(rng.integers(5))]  # type: ignore[assignment]
    return Rollout(scene, lit, rng, trouble, MemoryConfig(mode=mode))
