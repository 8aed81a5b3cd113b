"""How joints move, in degrees, forward is positive: walking and running as cycles, kicks and falls as keyframes."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from footage.world import ACTION_S, Action

Array = NDArray[np.float64]


class Channel(IntEnum):
    """One degree of freedom of the pose."""

    HIP_L = 0
    HIP_R = 1
    KNEE_L = 2
    KNEE_R = 3
    ANKLE_L = 4
    ANKLE_R = 5
    SHOULDER_L = 6
    SHOULDER_R = 7
    ARM_OUT_L = 8
    ARM_OUT_R = 9
    ELBOW_L = 10
    ELBOW_R = 11
    LEAN = 12  # chest forward
    TWIST = 13  # chest to the left
    PITCH = 14  # whole body forward
    ROLL = 15  # whole body to the right
    LIFT_CM = 16  # above the ground
    SPREAD_L = 17  # leg outwards
    SPREAD_R = 18
    HEAD_NOD = 19  # chin down


CHANNELS = len(Channel)
SAMPLES = 64  # of a cycle

# Sagittal angles at eighths of a stride from foot strike, read off published curves:
# walking after Winter (1991), running and sprinting after Novacheck (1998), Gait & Posture 7, figures 5 and 6.
HIP = [[28, 22, 8, -6, -14, -4, 18, 30], [32, 20, 0, -16, -8, 18, 42, 44], [34, 18, -6, -20, -6, 28, 62, 56]]
KNEE = [[4, 16, 8, 6, 12, 42, 58, 24], [16, 38, 28, 16, 56, 98, 92, 44], [18, 34, 26, 14, 70, 118, 104, 48]]
ANKLE = [[0, -3, 5, 9, 6, -15, -4, 0], [4, 18, 16, -16, -18, -8, 0, 4], [0, 16, 16, -20, -22, -8, 0, 2]]
SPEED_M_S = (1.4, 4.8, 8.5)  # of the three
ARM_SWING = (20.0, 38.0, 58.0)
ELBOW = (14.0, 78.0, 92.0)
LEAN = (2.0, 7.0, 12.0)
HOP_CM = (0.0, 5.0, 6.0)


def _cycle(eighths: list[int]) -> Array:
    """A smooth closed curve through eight values."""
    spectrum = np.fft.rfft(eighths)
    spectrum[-1] *= 0.5  # the highest frequency is shared by its two halves
    padded = np.zeros(SAMPLES // 2 + 1, complex)
    padded[: len(spectrum)] = spectrum
    return np.asarray(np.fft.irfft(padded, SAMPLES) * SAMPLES / len(eighths))


CYCLES = np.array([[_cycle(row) for row in table] for table in (HIP, KNEE, ANKLE)])  # joint, gait, sample


def stride_m(speed: Array) -> Array:
    """Ground covered by two steps at a speed."""
    return np.minimum(0.72 + 0.6 * speed, 4.2)


def gait(speed: Array, phase: Array, idle: Array) -> Array:
    """The pose of people in motion: P, CHANNELS. `phase` counts strides, `idle` 0..1 is a person's way of standing."""
    level = np.interp(speed, SPEED_M_S, (0.0, 1.0, 2.0))
    low = np.minimum(level.astype(int), 1)
    mix = level - low
    moving = np.clip(speed / 0.9, 0.0, 1.0)
    pose = np.zeros((len(speed), CHANNELS))
    for left, offset in ((True, 0.0), (False, 0.5)):
        hip, knee, ankle = _leg(low, mix, phase + offset)
        side = 0 if left else 1
        pose[:, Channel.HIP_L + side] = hip * moving
        pose[:, Channel.KNEE_L + side] = knee * moving + 4 * (1 - moving)
        pose[:, Channel.ANKLE_L + side] = ankle * moving
    swing = np.interp(speed, SPEED_M_S, ARM_SWING) * moving * np.cos(2 * np.pi * (phase - 0.03))
    elbow = np.interp(speed, SPEED_M_S, ELBOW) * moving + 10 * (1 - moving)
    for side, sign in ((0, -1.0), (1, 1.0)):
        pose[:, Channel.SHOULDER_L + side] = sign * swing + 4
        pose[:, Channel.ELBOW_L + side] = elbow + sign * swing * 0.35
        pose[:, Channel.ARM_OUT_L + side] = 9 + 5 * moving
    pose[:, Channel.LEAN] = np.interp(speed, SPEED_M_S, LEAN) * moving
    pose[:, Channel.TWIST] = -0.28 * swing
    pose[:, Channel.LIFT_CM] = np.interp(speed, SPEED_M_S, HOP_CM) * moving * np.abs(np.sin(2 * np.pi * (phase + 0.08)))
    _stand(pose, 1 - moving, phase, idle)
    return pose


def _leg(low: NDArray[np.int64], mix: Array, phase: Array) -> Array:
    at = (phase % 1.0) * SAMPLES
    first = at.astype(int) % SAMPLES
    second, part = (first + 1) % SAMPLES, at - np.floor(at)
    values = CYCLES[:, low, first] * (1 - part) + CYCLES[:, low, second] * part
    above = CYCLES[:, low + 1, first] * (1 - part) + CYCLES[:, low + 1, second] * part
    return np.asarray(values * (1 - mix) + above * mix)


def _stand(pose: Array, still: Array, phase: Array, idle: Array) -> None:
    """Ways of standing: arms hanging, hands on hips, bent with hands on knees; feet apart."""
    for side in (0, 1):
        pose[:, Channel.SPREAD_L + side] += still * (5 + 6 * idle)
    hips = still * (idle > 0.72) * (idle <= 0.9)
    knees = still * (idle > 0.9)
    for side in (0, 1):
        pose[:, Channel.ARM_OUT_L + side] += hips * 34
        pose[:, Channel.SHOULDER_L + side] += -hips * 22 + knees * 38
        pose[:, Channel.ELBOW_L + side] += hips * 82 + knees * 20
        pose[:, Channel.HIP_L + side] += knees * 34
        pose[:, Channel.KNEE_L + side] += knees * 24
    pose[:, Channel.LEAN] += knees * 42 + still * 2 * np.sin(2 * np.pi * phase)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keyframes of an action: times as shares of its length, and the channels that it takes over."""

    times: tuple[float, ...]
    values: dict[Channel, tuple[float, ...]]


C = Channel
KEYS = {
    Action.KICK: Keys(
        (0.0, 0.25, 0.45, 0.65, 1.0),
        {
            C.HIP_R: (0, -38, 32, 66, 10), C.KNEE_R: (10, 92, 34, 8, 10), C.ANKLE_R: (0, -25, -30, -25, 0),
            C.HIP_L: (10, 14, 8, 0, 0), C.KNEE_L: (10, 22, 24, 14, 8), C.SHOULDER_L: (0, -30, 30, 48, 10),
            C.SHOULDER_R: (0, 22, -22, -34, 0), C.ARM_OUT_L: (15, 62, 55, 30, 12), C.ARM_OUT_R: (12, 38, 40, 34, 12),
            C.TWIST: (0, -22, 8, 24, 0), C.LEAN: (4, -4, 8, 16, 4), C.SPREAD_R: (0, 16, 8, -6, 0),
        },
    ),
    Action.HEADER: Keys(
        (0.0, 0.2, 0.45, 0.6, 1.0),
        {
            C.LIFT_CM: (0, 4, 48, 38, 0), C.HIP_L: (30, 20, -8, 10, 10), C.HIP_R: (30, 20, 6, 20, 10),
            C.KNEE_L: (50, 30, 40, 20, 16), C.KNEE_R: (50, 30, 55, 20, 16), C.ARM_OUT_L: (20, 40, 62, 48, 12),
            C.ARM_OUT_R: (20, 40, 62, 48, 12), C.ELBOW_L: (60, 70, 80, 60, 20), C.ELBOW_R: (60, 70, 80, 60, 20),
            C.LEAN: (14, 0, -16, 26, 6), C.HEAD_NOD: (0, -10, -18, 26, 0),
        },
    ),
    Action.TACKLE: Keys(
        (0.0, 0.2, 0.6, 0.8, 1.0),
        {
            C.PITCH: (0, -58, -66, -30, 0), C.HIP_R: (20, 58, 54, 60, 10), C.KNEE_R: (20, 4, 8, 70, 10),
            C.HIP_L: (10, 46, 50, 60, 10), C.KNEE_L: (20, 108, 112, 90, 10), C.LEAN: (10, 34, 30, 34, 5),
            C.SHOULDER_L: (0, -50, -54, -20, 0), C.ARM_OUT_L: (12, 50, 45, 25, 10), C.ARM_OUT_R: (12, 66, 50, 30, 10),
        },
    ),
    Action.FALL: Keys(
        (0.0, 0.2, 0.3, 0.65, 0.82, 1.0),
        {
            C.PITCH: (10, 70, 88, 88, 40, 0), C.HIP_L: (10, 20, 6, 24, 70, 10), C.HIP_R: (10, 6, 0, 0, 10, 5),
            C.KNEE_L: (20, 50, 20, 46, 100, 8), C.KNEE_R: (10, 30, 12, 10, 80, 8), C.ROLL: (0, 20, 24, 40, 10, 0),
            C.SHOULDER_L: (10, 90, 120, 100, 60, 5), C.SHOULDER_R: (10, 100, 130, 40, 50, 5),
            C.ELBOW_L: (20, 30, 40, 80, 20, 10), C.ELBOW_R: (20, 30, 40, 60, 20, 10), C.LEAN: (5, 0, -6, 6, 20, 0),
        },
    ),
    Action.THROW_IN: Keys(
        (0.0, 0.25, 0.62, 0.74, 1.0),
        {
            C.SHOULDER_L: (60, 168, 196, 110, 10), C.SHOULDER_R: (60, 168, 196, 110, 10),
            C.ELBOW_L: (60, 50, 88, 16, 10), C.ELBOW_R: (60, 50, 88, 16, 10), C.ARM_OUT_L: (0, -4, -4, -2, 8),
            C.ARM_OUT_R: (0, -4, -4, -2, 8), C.LEAN: (2, -6, -20, 24, 4), C.HIP_L: (0, 10, 18, 0, 0),
            C.HIP_R: (0, -8, -16, 10, 0), C.KNEE_R: (4, 14, 26, 14, 4),
        },
    ),
    Action.CELEBRATE: Keys(
        (0.0, 0.1, 0.35, 0.65, 0.9, 1.0),
        {
            C.ARM_OUT_L: (12, 130, 150, 60, 140, 12), C.ARM_OUT_R: (12, 140, 155, 150, 150, 12),
            C.ELBOW_L: (20, 10, 20, 40, 10, 10), C.ELBOW_R: (20, 10, 20, 60, 10, 10), C.LEAN: (0, -8, -4, 0, -6, 0),
        },
    ),
    Action.DIVE: Keys(
        (0.0, 0.12, 0.32, 0.5, 0.8, 1.0),
        {
            C.ROLL: (0, 30, 78, 88, 70, 0), C.LIFT_CM: (0, 10, 60, 2, 0, 0), C.HIP_L: (30, 20, 10, 20, 60, 10),
            C.HIP_R: (40, 10, 0, 10, 60, 10), C.KNEE_L: (50, 20, 30, 40, 90, 10), C.KNEE_R: (60, 10, 6, 30, 90, 10),
            C.ARM_OUT_L: (30, 120, 160, 150, 60, 10), C.ARM_OUT_R: (30, 120, 165, 160, 60, 10),
            C.SHOULDER_L: (40, 60, 20, 30, 40, 0), C.SHOULDER_R: (40, 60, 20, 30, 40, 0),
        },
    ),
    Action.READY: Keys(
        (0.0, 1.0),
        {
            C.HIP_L: (44, 44), C.HIP_R: (44, 44), C.KNEE_L: (48, 48), C.KNEE_R: (48, 48), C.LEAN: (26, 26),
            C.SHOULDER_L: (38, 38), C.SHOULDER_R: (38, 38), C.ARM_OUT_L: (32, 32), C.ARM_OUT_R: (32, 32),
            C.ELBOW_L: (46, 46), C.ELBOW_R: (46, 46), C.SPREAD_L: (16, 16), C.SPREAD_R: (16, 16),
            C.HEAD_NOD: (-20, -20),
        },
    ),
    Action.POINT: Keys(
        (0.0, 0.2, 0.8, 1.0),
        {C.SHOULDER_R: (0, 86, 90, 0), C.ELBOW_R: (20, 4, 4, 10), C.ARM_OUT_R: (10, 14, 14, 10)},
    ),
    Action.FLAG: Keys(
        (0.0, 0.15, 0.85, 1.0),
        {C.SHOULDER_R: (0, 168, 172, 0), C.ELBOW_R: (20, 4, 4, 10), C.ARM_OUT_R: (10, 4, 4, 10)},
    ),
}  # fmt: skip
EASE_S = 0.18  # an action takes over, and lets go, within this


def act(pose: Array, action: NDArray[np.uint8], action_s: Array) -> None:
    """Let actions take over the channels that they use."""
    for kind, keys in KEYS.items():
        who = np.flatnonzero(action == kind)
        if not who.size:
            continue
        length = ACTION_S.get(kind, 1.0)
        now = np.clip(action_s[who] / length, 0.0, 1.0)
        weight = np.clip(action_s[who] / EASE_S, 0.0, 1.0)
        if kind in ACTION_S:
            weight = np.minimum(weight, np.clip((length - action_s[who]) / EASE_S, 0.0, 1.0))
        for channel, values in keys.values.items():
            target = np.interp(now, keys.times, values)
            pose[who, channel] = pose[who, channel] * (1 - weight) + target * weight
