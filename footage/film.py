"""A match as frames: pictures ready for the encoder, and the truth of each."""

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.camera import homography, view_projection
from footage.direction import direct
from footage.match.play import play_match
from footage.picture.baked import board_texture, crowd_texture, ground_texture
from footage.picture.body import body_mesh
from footage.picture.graphics import Graphics
from footage.picture.inputs import MOST_BODIES, MOST_PEOPLE, Bodies, Bytes, Shown, Textures
from footage.picture.lens import Lens
from footage.picture.light import lighting_of
from footage.picture.looks import build_of, wardrobe
from footage.picture.paint import atlas, cells
from footage.picture.pose import Moment, Timeline, place_bodies
from footage.picture.projecting import boxes_of
from footage.picture.scene import Scene
from footage.presets import Preset
from footage.truth import shots_of, truth_ball, truth_objects
from footage.world import Play, View
from stream_engine.scoring.truth import TruthFrame, TruthHeader, TruthPerson
from stream_engine.stamp import Stamp

VERSION = "match-2"  # changes whenever the same seed would give another picture or another truth
KICK_OFF_NS = 1_767_279_600_000_000_000  # 2026-01-01 15:00 UTC: when the first frame of every match is taken
MARGIN_S = 4.0  # the camera looks a little ahead
DETAIL = 0.75  # sides of the bodies' tubes; close-ups of a thousand pixels are rare
SOFT_BACKGROUND = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What to film."""

    preset: Preset
    seed: int
    seconds: float
    size: tuple[int, int] = (1920, 1080)
    fps: float = 30.0
    graphics: bool = True
    tracking: Play | None = None  # real positions instead of played ones

    @property
    def frames(self) -> int:
        """How many there are; never none."""
        return max(1, round(self.seconds * self.fps))

    def match(self) -> str:
        """What identifies the match in the stamps; its length does not."""
        what = hashlib.sha256(f"{VERSION} {self.preset} {self.seed} {self.size} {self.fps} {self.graphics}".encode())
        if self.tracking:
            play = self.tracking
            what.update(f"{play.rate} {play.people} {play.happenings}".encode())
            for moves in (play.at_m, play.facing, play.action, play.action_s, play.present, play.ball_m):
                what.update(moves.tobytes())
        return what.hexdigest()[:16]

    def chance(self, purpose: str) -> Generator:
        """A stream of chance of its own for each purpose, so that one does not shift another."""
        words = zlib.crc32(f"{self.preset.name} {purpose}".encode())
        return np.random.Generator(np.random.PCG64([self.seed, words]))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the picture in BGR before rain and noise, who covers each pixel, and the truth."""

    number: int
    bgr: Bytes
    identity: Bytes
    truth: TruthFrame
    stamp: Stamp


class Film:
    """A match that can be asked for any of its frames."""

    def __init__(self, order: Order) -> None:
        self.order, self.match = order, order.match()
        self.play = order.tracking or play_match(order.preset, order.seed, order.seconds + MARGIN_S)
        self.views = direct(self.play, order.preset, order.seed, order.fps, order.seconds)
        people = self.play.people
        if len(people) > MOST_PEOPLE:
            raise ValueError(f"{len(people)} people: a match has at most {MOST_PEOPLE}")
        self.kits = wardrobe(order.preset, order.chance("kits"))
        self.lighting = lighting_of(order.preset, order.chance("light"))
        self._timeline, self._mesh = Timeline(self.play), body_mesh(DETAIL)
        self._build = build_of(people, order.chance("build"))
        self._cells, self._ids = cells(len(people)), np.array([person.id for person in people])
        weather = order.chance("weather")
        rain = self.lighting.kind != "sun" and float(weather.random()) < order.preset.rain
        textures = self._textures(rain, crowd=float(weather.uniform(0.6, 0.97)))
        self._scene = Scene(order.size, textures, self.lighting, self._mesh)
        self.lens = Lens(order.size, self.lighting, rain, order.chance("lens"))
        goals = tuple(what for what in self.play.happenings if what.kind == "goal")
        self._graphics = Graphics(order.size, self.kits, goals, order.chance("graphics")) if order.graphics else None

    def _textures(self, rain: bool, crowd: float) -> Textures:
        chance = self.order.chance("textures")
        return Textures(
            ground=ground_texture(chance, rain, self.lighting),
            crowd=crowd_texture(chance, self.kits, crowd, self.lighting),
            boards=board_texture(chance),
            people=atlas(self.play.people, self.kits, self.order.chance("looks")),
        )

    def close(self) -> None:
        """Free the renderer."""
        self._scene.close()

    def header(self) -> TruthHeader:
        """The truth about the whole match."""
        order = self.order
        return TruthHeader(
            match=self.match, made_by=VERSION, preset=order.preset.name, seed=order.seed, width=order.size[0],
            height=order.size[1], fps=order.fps, frames=order.frames, renderer=self._scene.renderer,
            kits=self.kits.words() | {"light": self.lighting.kind},
            people=tuple(TruthPerson(who.id, who.role, who.side, who.number) for who in self.play.people),
            shots=tuple(shots_of(self.views[: order.frames])),
        )  # fmt: skip

    def stamp(self, number: int) -> Stamp:
        """What the frame's picture carries."""
        return Stamp(self.match, number, KICK_OFF_NS + round(number * 1e9 / self.order.fps))

    def frame(self, number: int) -> Frame:
        """Render one frame and take down its truth."""
        view, size, stamp = self.views[number], self.order.size, self.stamp(number)
        matrix = view_projection(view, *size)
        moment = self._timeline.moment(view.play_s)
        bodies, at_m = self._seen(moment, matrix)
        drawn = self._scene.draw(self._shown(view, matrix), bodies, moment.ball_m)
        identity = drawn.identity
        bgr = self.lens.blur(drawn.bgr, identity, self._swing_px(number))
        self._overlay(view, bgr, identity)
        truth = TruthFrame(
            frame=number, capture_ns=stamp.capture_ns, shot_no=view.shot_no, shot=view.shot, cut=view.cut,
            wipe=view.wipe is not None, homography=tuple(float(v) for v in homography(view, *size).ravel()),
            ball=truth_ball(identity, matrix, moment.ball_m),
            objects=truth_objects(identity, bodies, drawn.areas, at_m),
        )  # fmt: skip
        return Frame(number, bgr, identity, truth, stamp)

    def bodies(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Who is in the picture of a frame, and the boxes of their whole bodies; nothing is rendered."""
        view = self.views[number]
        bodies, _ = self._seen(self._timeline.moment(view.play_s), view_projection(view, *self.order.size))
        return bodies.ids, bodies.boxes

    def _seen(self, moment: Moment, matrix: NDArray[np.float32]) -> tuple[Bodies, NDArray[np.float64]]:
        """Whoever is in the picture, in the sun first, and where they stand."""
        width, height = self.order.size
        points, normals = place_bodies(self._mesh, moment, self._build)
        boxes = boxes_of(matrix, points, self.order.size)
        left, top, right, bottom = boxes.T
        inside = moment.present & (right > 0) & (bottom > 0) & (left < width) & (top < height)
        seen = np.flatnonzero(inside)
        seen = np.sort(
            seen[np.argsort(top[seen] - bottom[seen], kind="stable")[:MOST_BODIES]]
        )  # the largest, if too many
        sunlit = self.lighting.sunlit(moment.at_m[seen])
        seen = np.concatenate((seen[sunlit], seen[~sunlit]))
        shadows = int(sunlit.sum())
        bodies = Bodies(points[seen], normals[seen], boxes[seen], self._cells[seen], self._ids[seen], shadows)
        return bodies, moment.at_m[seen]

    def _shown(self, view: View, matrix: NDArray[np.float32]) -> Shown:
        distance = float(np.hypot(view.eye_m[0], view.eye_m[1])) + 10.0
        metres = distance * view.fov / (2 * self.order.size[1])
        soft = SOFT_BACKGROUND if view.shot == "close" else 1
        return Shown(matrix, view.play_s, metres, soft)

    def _swing_px(self, number: int) -> tuple[float, float]:
        """How far the picture moves per frame: where the middle of the last picture is now."""
        if number == 0 or self.views[number].cut:
            return 0.0, 0.0
        now, last = self.views[number], self.views[number - 1]
        per_rad = self.order.size[1] / now.fov
        return (now.pan - last.pan) * per_rad * float(np.cos(now.tilt)), (now.tilt - last.tilt) * per_rad

    def _overlay(self, view: View, bgr: Bytes, identity: Bytes) -> None:
        if not self._graphics:
            return
        if view.shot != "replay":
            self._graphics.lay_over(bgr, identity, view.play_s)
        else:
            self._graphics.mark_replay(bgr, identity)
        if view.wipe is not None:
            self._graphics.wipe(bgr, identity, view.wipe)
