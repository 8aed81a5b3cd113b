"""`stream-engine prompt`: somebody points at an object; what they say is checked, and told to propagate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec

from stream_engine.config import Config
from stream_engine.engines import BOXES, OFF
from stream_engine.masks import MaskError, MaskRle, decode
from stream_engine.messages import FARTHEST_PX, MOST_POINTS, Box, Prompt, Role
from stream_engine.telling import TellingError, check_name, check_stream, shown, tell

MASK_BYTES = 1 << 20  # a mask of 1080p that is all edges has half of that
BALL: Role = "ball"  # too small to be followed

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody pointed at, in their words."""

    stream: str
    name: str
    role: str = "player"
    box: str | None = None
    points: Sequence[str] = ()
    beside: Sequence[str] = ()
    mask: Path | None = None


def point(config: Config, said: Said) -> str:
    """Tell the running service; the name of the worker that was told."""
    check_stream(config, said.stream)
    net = config.stages.propagate.net
    if net in (OFF, BOXES):
        raise TellingError(
            f'stages.propagate.net is "{net}", which follows nobody who is pointed at; set it to "nano-propagator"'
        )
    return tell(config, prompt_of(config, said))


def prompt_of(config: Config, said: Said) -> Prompt:
    """What was said, if it can be anything in a picture of this configuration."""
    check_name(said.name, "--name")
    name, role = said.name, _role(said.role)
    ways = [said.box is not None, bool(said.points or said.beside), said.mask is not None]
    if sum(ways) != 1:
        raise TellingError("say where by one of --box L,T,R,B, --point X,Y (and --not X,Y) or --mask FILE")
    if said.box is not None:
        return Prompt(said.stream, name, role, box_px=_box(config, said.box))
    if said.mask is not None:
        return Prompt(said.stream, name, role, mask=_mask(config, said.mask))
    points, labels = _points(config, said)
    return Prompt(said.stream, name, role, points_px=points, labels=labels)


def _role(role: str) -> Role:
    roles: dict[str, Role] = {each: each for each in get_args(Role) if each != BALL}
    if role not in roles:
        raise TellingError(f"--role: nobody is followed as {shown(role)}; there are: {', '.join(roles)}")
    return roles[role]


def _box(config: Config, text: str) -> Box:
    left, top, right, bottom = _numbers(text, "--box", "L,T,R,B")
    if right <= left or bottom <= top:
        raise TellingError(f"--box: {shown(text)} has no area; write left,top,right,bottom")
    width, height = config.ring.max_width, config.ring.max_height
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        raise TellingError(f"--box: {shown(text)} is outside of {_any_picture(config)}")
    return left, top, right, bottom


def _points(config: Config, said: Said) -> tuple[tuple[Point, ...], tuple[int, ...]]:
    if not said.points:
        raise TellingError("--not says what is beside the object; a --point on it is needed, too")
    points = [*(_point(config, text, "--point") for text in said.points)]
    points += [_point(config, text, "--not") for text in said.beside]
    if len(points) > MOST_POINTS:
        raise TellingError(f"--point and --not: {len(points)} of them; {MOST_POINTS} are taken at most")
    return tuple(points), (1,) * len(said.points) + (0,) * len(said.beside)


def _point(config: Config, text: str, option: str) -> Point:
    x, y = _numbers(text, option, "X,Y")
    if not (0 <= x < config.ring.max_width and 0 <= y < config.ring.max_height):
        raise TellingError(f"{option}: {shown(text)} is outside of {_any_picture(config)}")
    return x, y


def _numbers(text: str, option: str, form: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != len(form.split(",")) or not all(math.isfinite(value) for value in values):
        raise TellingError(f"{option}: {shown(text)} must be {form} in pixels of the picture")
    if any(abs(value) > FARTHEST_PX for value in values):
        raise TellingError(f"{option}: {shown(text)} is farther away than any picture is large ({FARTHEST_PX})")
    return values


def _mask(config: Config, path: Path) -> MaskRle:
    """COCO run lengths of a rectangle, as events have them."""
    try:
        mask = msgspec.json.decode(_read(path), type=MaskRle)
        _check_fits(config, mask, path)
        if not decode(mask).any():
            raise TellingError(f"--mask: {path}: the mask is empty")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, MaskError) as error:
        raise TellingError(
            f'--mask: {path}: not COCO run lengths of a rectangle {{"x", "y", "size", "counts"}}: {error}'
        ) from None
    return mask


def _read(path: Path) -> bytes:
    if not path.is_file():  # a pipe would be waited for
        raise TellingError(f"--mask: {path}: there is no such file")
    try:
        with path.open("rb") as file:
            content = file.read(MASK_BYTES + 1)
    except OSError as error:
        raise TellingError(f"--mask: {path}: cannot be read: {error.strerror}") from None
    if len(content) > MASK_BYTES:
        raise TellingError(f"--mask: {path}: larger than {MASK_BYTES} bytes; write the rectangle around the object")
    return content


def _check_fits(config: Config, mask: MaskRle, path: Path) -> None:
    rows, columns = mask.size
    inside = mask.x >= 0 and mask.y >= 0
    if not inside or mask.x + columns > config.ring.max_width or mask.y + rows > config.ring.max_height:
        raise TellingError(f"--mask: {path}: it reaches out of {_any_picture(config)}")


def _any_picture(config: Config) -> str:
    return f"every picture of up to {config.ring.max_width} x {config.ring.max_height} (ring.max_width, max_height)"
