"""The presets: what kind of match is played, in which light, and how it is filmed."""

from dataclasses import dataclass
from typing import Literal

JUDGING_SEEDS = range(10_000, 10_100)  # nothing may be trained or tuned on these

Light = Literal["sun", "overcast", "floodlight", "any"]


@dataclass(frozen=True, slots=True)
class Preset:
    """The kind of match; everything else comes from the seed."""

    name: str
    purpose: str
    light: Light = "any"
    rain: float = 0.1  # how likely
    similar_kits: bool = False
    corners: bool = False  # one corner after another, with a crowd in the box
    pan_speed: float = 1.0  # how fast the play changes sides, and the camera after it
    shot_s: float | None = None  # mean seconds of main camera between cuts; None: never cut


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("league", "an ordinary match: mostly main camera, a cut now and then", shot_s=25.0),
        Preset("similar-kits", "two teams that are hard to tell apart", similar_kits=True),
        Preset("corner-crowd", "corner after corner, most players in the box", corners=True),
        Preset("floodlight", "evening match under four masts", light="floodlight", rain=0.3),
        Preset("fast-pan", "counter-attacks: the camera swings from box to box", pan_speed=2.0),
        Preset("cuts", "close-ups, a second camera, replays with a wipe", shot_s=5.0),
    )
}


def preset(name: str) -> Preset:
    """The preset of this name."""
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
