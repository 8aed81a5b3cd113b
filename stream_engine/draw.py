"""Drawing: the objects of an event, or the lack of one, into a BGR picture, in place."""

import colorsys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.masks import decode
from stream_engine.messages import UNKNOWN_TEAM, Box, GapEvent, Role, TrackedObject, TrackEvent

Picture = NDArray[np.uint8]  # rows, columns, BGR
Colour = tuple[int, int, int]
Points = NDArray[np.float64]  # N, 2
Words = Sequence[tuple[str, Colour]]

WHITE, DARK, AMBER, RED, PALE = (255, 255, 255), (22, 20, 18), (40, 175, 255), (90, 90, 255), (200, 200, 200)
ANYBODY = PALE  # somebody whose team is not decided, or whom nobody follows and of whom no team is known
TEAMS = (("home", "away"), ("A", "B"))  # what the two are called: where kits are known beforehand, and where not
# Degrees of hue. Grass is at 70 to 150: nobody is drawn in that.
TRACK_HUES, TEAM_HUES, REFEREE_HUES, STRAY_HUES = (165, 415), ((12, 28), (196, 214)), (50, 58), (280, 325)
GOLDEN = 0.618034  # neighbouring ids get distant colours
ROLE_WORDS: dict[Role, str] = {"goalkeeper": "GK", "referee": "REF", "other": "OTHER"}
MANY: dict[Role, str] = {"player": "players", "goalkeeper": "GK", "referee": "refs", "ball": "ball", "other": "others"}
FONT = cv2.FONT_HERSHEY_SIMPLEX
SHIFT = 4  # binary places of coordinates: lines follow a box by sixteenths of a pixel
OUTLINE_PX = 1.3  # of 1080p; more would hide the limbs of people who are 70 pixels tall
FAR_PX = 1e6  # beyond any picture, within 32 bits after the shift


@dataclass(frozen=True, slots=True)
class Style:
    """How objects look. `colour` is for all; without it `by` decides, and `teams` says whose hue comes first."""

    colour: Colour | None = None
    by: Literal["team", "track"] = "team"
    teams: tuple[str, ...] = TEAMS[0]
    line: Literal["corners", "plain", "dashed"] = "corners"  # plain and dashed also hold for the outlines of masks
    fill: float = 0.38  # how much of the colour covers a mask; 0 leaves only its outline
    boxes: bool = True
    labels: bool = True


USUAL = Style()


@dataclass(frozen=True, slots=True)
class Plate:
    """A dark plate with words on it; whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def meets(self, other: "Plate") -> bool:
        across = self.left < other.left + other.width and other.left < self.left + self.width
        return across and self.top < other.top + other.height and other.top < self.top + self.height


# --- colours ------------------------------------------------------------------------------------


def colour_of(seen: TrackedObject, style: Style = USUAL) -> Colour:
    """The same for a track in every frame, as long as its team and role stay; without a track that of team or role."""
    if style.colour is not None:
        return style.colour
    if seen.role == "ball":
        return WHITE
    if style.by == "track" and seen.track_id is not None:
        return _colour(seen.track_id, *TRACK_HUES)
    if seen.team in style.teams[:2]:
        return _colour(seen.track_id or 0, *TEAM_HUES[style.teams.index(seen.team)])
    if seen.role == "referee":
        return _colour(seen.track_id or 0, *REFEREE_HUES)
    nobody = seen.track_id is None or seen.team == UNKNOWN_TEAM
    return ANYBODY if nobody else _colour(seen.track_id or 0, *STRAY_HUES)


@lru_cache(4096)
def _colour(track_id: int, first_hue: float, last_hue: float) -> Colour:
    place = track_id * GOLDEN % 1
    hue = first_hue + place * (last_hue - first_hue)
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, (0.95, 0.8)[track_id % 2], (1.0, 0.88)[track_id // 2 % 2])
    return round(blue * 255), round(green * 255), round(red * 255)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    blue, green, red = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return blue, green, red


# --- objects ------------------------------------------------------------------------------------


def draw_objects(picture: Picture, objects: Sequence[TrackedObject], style: Style = USUAL) -> None:
    """Masks, then boxes, then labels, so that nothing hides a label; nearer objects are drawn over farther ones.

    What is held over from an earlier frame has thin corners or dashed outlines; its ball has a hollow pointer. Where no
    team is told, everybody has a colour of their own.
    """
    if all(seen.team is None for seen in objects):
        style = replace(style, by="track")
    nearest_last = sorted(objects, key=lambda seen: seen.box_px[3])
    for seen in nearest_last:
        _draw_mask(picture, seen, style)
    for seen in nearest_last:
        if seen.role == "ball":
            _draw_ball(picture, seen, colour_of(seen, style))
        elif style.boxes:
            _draw_box(picture, seen, style)
    if style.labels:
        _draw_labels(picture, [seen for seen in reversed(nearest_last) if seen.role != "ball"], style)


def _unit(picture: Picture) -> float:
    """What a pixel of 1080p is here."""
    return max(float(picture.shape[0]) / 1080, 0.5)


def _draw_mask(picture: Picture, seen: TrackedObject, style: Style) -> None:
    if seen.mask is None:
        return
    height, width = picture.shape[:2]
    x, y = seen.mask.x, seen.mask.y
    pixels = decode(seen.mask)[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    if not pixels.any():
        return
    left, top = max(x, 0), max(y, 0)
    cover = np.ascontiguousarray(pixels).view(np.uint8)
    colour = colour_of(seen, style)
    if style.fill:
        part = picture[top : top + cover.shape[0], left : left + cover.shape[1]]
        _tint(part, cover, colour, style.fill)
    outlines, _ = cv2.findContours(cover, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(left, top))
    lines = [outline[:, 0].astype(np.float64) for outline in outlines]
    bright = colour if style.colour else _mixed(colour, WHITE, 0.25)
    dashed = style.line == "dashed" or not seen.fresh
    _draw_lines(picture, _styled(picture, lines, dashed), bright, OUTLINE_PX, closed=not dashed)


def _tint(part: Picture, cover: NDArray[np.uint8], colour: Colour, share: float) -> None:
    paint = np.empty_like(part)
    paint[:] = colour
    cv2.copyTo(cv2.addWeighted(part, 1 - share, paint, share, 0), cover, part)


def _draw_box(picture: Picture, seen: TrackedObject, style: Style) -> None:
    # Edges of a box lie between pixels; OpenCV counts from the middle of a pixel.
    left, top, right, bottom = np.clip(seen.box_px, -FAR_PX, FAR_PX) - 0.5
    colour = colour_of(seen, style)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    if style.line == "corners":
        arm = min(max(0.24 * min(right - left, bottom - top), 5 * _unit(picture)), 26 * _unit(picture))
        lines = [_corner(corners, place, arm) for place in range(4)]
        if seen.fresh:
            _draw_lines(picture, lines, _mixed(colour, DARK, 0.75), 3.6)
        _draw_lines(picture, lines, colour, 1.8 if seen.fresh else 0.9)
    else:
        dashed = style.line == "dashed" or not seen.fresh
        _draw_lines(picture, _styled(picture, [corners], dashed), colour, 1.6, closed=not dashed)


def _corner(corners: Points, place: int, arm: float) -> Points:
    """Two arms from a corner towards its neighbours."""
    here, before, after = corners[place], corners[place - 1], corners[(place + 1) % 4]
    return np.array([here + np.clip(before - here, -arm, arm), here, here + np.clip(after - here, -arm, arm)])


def _styled(picture: Picture, rings: Iterable[Points], dashed: bool) -> list[Points]:
    """Closed lines as they are, or cut into dashes."""
    if not dashed:
        return list(rings)
    return [dash for ring in rings for dash in _dashes(ring, max(round(7 * _unit(picture)), 4))]


def _dashes(ring: Points, dash_px: int) -> list[Points]:
    """Pieces of so many pixels, with gaps as long, along a closed line."""
    closed = np.concatenate((ring, ring[:1]))
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))))
    steps = np.arange(0, min(along[-1], 4e4), 1.0)  # no outline in a picture is longer
    even = np.stack([np.interp(steps, along, closed[:, axis]) for axis in (0, 1)], axis=1)
    return [even[start : start + dash_px] for start in range(0, len(even), 2 * dash_px)]


def _draw_lines(
    picture: Picture, lines: Sequence[Points], colour: Colour, thickness: float, closed: bool = False
) -> None:
    fixed = [np.round(line * (1 << SHIFT)).astype(np.int32) for line in lines]
    cv2.polylines(picture, fixed, closed, colour, max(1, round(thickness * _unit(picture))), cv2.LINE_AA, SHIFT)


def _draw_ball(picture: Picture, seen: TrackedObject, colour: Colour) -> None:
    """A ring around the ball and a pointer above it: it is small, and lost against lines and shirts."""
    unit = _unit(picture)
    left, top, right, bottom = np.clip(seen.box_px, -FAR_PX, FAR_PX) - 0.5
    x, y = (left + right) / 2, (top + bottom) / 2
    radius = max(right - left, bottom - top) / 2 + 4 * unit
    tip, size = y - radius - 4 * unit, 9 * unit
    pointer = np.array([(x, tip), (x - size * 0.75, tip - size), (x + size * 0.75, tip - size)])
    corners = np.round(pointer * (1 << SHIFT)).astype(np.int32)
    centre = (round(x * (1 << SHIFT)), round(y * (1 << SHIFT)))
    for shade, thickness in ((DARK, 3.6), (colour, 1.8)) if seen.fresh else ((colour, 0.9),):
        wide = max(1, round(thickness * unit))
        cv2.circle(picture, centre, round(radius * (1 << SHIFT)), shade, wide, cv2.LINE_AA, SHIFT)
    edge, thickness = (DARK, 2.4) if seen.fresh else (colour, 0.9)
    cv2.polylines(picture, [corners], True, edge, max(1, round(thickness * unit)), cv2.LINE_AA, SHIFT)
    if seen.fresh:
        cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA, SHIFT)


# --- words --------------------------------------------------------------------------------------


def _label(seen: TrackedObject, colour: Colour) -> list[tuple[str, Colour]]:
    """The id if there is one, the role unless it is player, and the team, once known, as on a scoreboard."""
    words = [] if seen.track_id is None else [(str(seen.track_id), WHITE)]
    if seen.role in ROLE_WORDS:
        words.append((ROLE_WORDS[seen.role], PALE))
    if seen.team and seen.team != UNKNOWN_TEAM:
        words.append(((seen.team if len(seen.team) <= 4 else seen.team[:3]).upper(), _mixed(colour, WHITE, 0.3)))
    return words


def _draw_labels(picture: Picture, objects: Sequence[TrackedObject], style: Style) -> None:
    """Nearest first; one without room says only its first word, or moves; without any room it is left out."""
    taken: list[Plate] = []
    scale = 0.42 * _unit(picture)
    for seen in objects:
        colour = colour_of(seen, style)
        words = _label(seen, colour)
        if not words:
            continue
        for plate, said in _places(picture, seen.box_px, [words, words[:1]], scale):
            if not any(plate.meets(other) for other in taken):
                taken.append(plate)
                _draw_words(picture, plate, said, scale, colour)
                break


def _places(picture: Picture, box_px: Box, labels: Sequence[Words], scale: float) -> Iterator[tuple[Plate, Words]]:
    """Where a label may be, best first: above the box, beside that, under it; always whole within the picture."""
    rows, columns = picture.shape[:2]
    left, top, right, bottom = (float(edge) for edge in np.clip(box_px, -FAR_PX, FAR_PX))
    if right <= 0 or bottom <= 0 or left >= columns or top >= rows:
        return
    gap = round(3 * _unit(picture))
    for aside, level in ((0.0, 0), (-0.5, 0), (0.5, 0), (0.0, 1), (0.0, -1)):
        for words in labels:
            width, height = _extent(words, scale)
            x = round((left + right - width) / 2 + aside * width)
            y = round(bottom) + gap if level < 0 else round(top) - gap - (1 + level) * height
            x, y = min(max(x, 0), max(columns - width, 0)), min(max(y, 0), max(rows - height, 0))
            yield Plate(x, y, width, height), words


@lru_cache(4096)
def _text_width(text: str, scale: float) -> int:
    return int(cv2.getTextSize(text, FONT, scale, 1)[0][0])


def _extent(words: Words, scale: float) -> tuple[int, int]:
    height = round(40 * scale)
    return sum(_text_width(text, scale) for text, _ in words) + (len(words) - 1) * height // 3 + height, height


def _draw_words(picture: Picture, plate: Plate, words: Words, scale: float, edge: Colour | None = None) -> None:
    """A translucent plate with round ends, words along it, and a stripe of the track's colour under them."""
    part = picture[plate.top : plate.top + plate.height, plate.left : plate.left + plate.width]
    _darken(part, edge)
    x, base = plate.height // 2, round(plate.height * 0.5 + 10.5 * scale)
    for text, colour in words:
        cv2.putText(part, text, (x, base), FONT, scale, colour, 1, cv2.LINE_AA)
        x += _text_width(text, scale) + plate.height // 3


def _darken(part: Picture, edge: Colour | None) -> None:
    height, width = part.shape[:2]
    shape = np.zeros((height, width), np.uint8)
    radius = height // 4
    cv2.rectangle(shape, (radius, radius), (width - 1 - radius, height - 1 - radius), 255, 2 * radius, cv2.LINE_AA)
    cv2.rectangle(shape, (radius, radius), (width - 1 - radius, height - 1 - radius), 255, -1)
    _tint(part, (shape > 127).view(np.uint8), DARK, 0.72)
    if edge is not None:
        cv2.line(part, (radius, height - 1), (width - 1 - radius, height - 1), edge, max(1, height // 9))


def draw_caption(picture: Picture, event: TrackEvent) -> None:
    """Stream, number and age of the event, how many were seen, and whether the director cut here."""
    roles = Counter(seen.role for seen in event.objects)
    words = [(event.stream, WHITE), (f"seq {event.seq}", PALE), (f"age {event.age_ns / 1e6:.1f} ms", PALE)]
    words += [(f"{roles[role]} {MANY[role]}", PALE) for role in MANY if roles[role]]
    _draw_corner(picture, [*words, ("CUT", RED)] if event.cut else words)


def draw_gap(picture: Picture, gap: GapEvent | None = None) -> None:
    """A picture without an event: paler, and the cause where a gap tells it."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    cv2.addWeighted(picture, 0.35, grey, 0.45, 0, picture)
    words = [("no event", AMBER)]
    _draw_corner(picture, words if gap is None else [(gap.stream, WHITE), *words, (gap.cause, PALE)])


def _draw_corner(picture: Picture, words: Words) -> None:
    unit = _unit(picture)
    scale, margin = 0.6 * unit, round(24 * unit)
    width, height = _extent(words, scale)
    _draw_words(picture, Plate(margin, margin, width, height), words, scale)
