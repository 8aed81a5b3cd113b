"""What recorded positions do not say: which way people face, and when they kick."""

import numpy as np
from numpy.typing import NDArray

from footage.dice import F64
from footage.match.game import CONTACT_S
from footage.world import ACTION_S, Action

SMOOTH_S = 0.2
TURN = 6.0  # rad/s
KICKED = 4.5  # m/s by which a touch changes the ball's velocity
NEAR_M = 1.6


def facing_of(at: F64, ball: F64, fps: float) -> F64:
    """Along the way when moving, towards the ball when not, turning no faster than people do."""
    if len(at) < 2:
        return np.zeros(at.shape[:2])
    smooth = smoothed(at, SMOOTH_S * fps)
    velocity = np.gradient(smooth, axis=0) * fps
    speed = np.sqrt((velocity**2).sum(axis=2, keepdims=True))
    look = ball[:, None, :2] - smooth
    look = look / (np.sqrt((look**2).sum(axis=2, keepdims=True)) + 1e-6)
    share = np.clip((speed - 1.2) / 1.4, 0.0, 1.0)
    mixed = look * (1 - share) + velocity / (speed + 1e-6) * share
    wish = np.arctan2(mixed[:, :, 1], mixed[:, :, 0])
    out: F64 = np.empty_like(wish)
    out[0] = wish[0]
    for k in range(1, len(wish)):
        error = wish[k] - out[k - 1]
        error = error - 2 * np.pi * np.round(error / (2 * np.pi))
        out[k] = out[k - 1] + np.clip(error * min(1.0, 6.0 / fps), -TURN / fps, TURN / fps)
    return out


def smoothed(at: F64, samples: float) -> F64:
    """A Gaussian over time, the ends held."""
    reach = max(1, round(3 * samples))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(samples, 1e-3)) ** 2)
    weights = weights / weights.sum()
    padded = np.concatenate((np.repeat(at[:1], reach, 0), at, np.repeat(at[-1:], reach, 0)))
    out = np.zeros_like(at)
    for k, weight in enumerate(weights):
        out += weight * padded[k : k + len(at)]
    return out


def kicks_of(
    at: F64, present: NDArray[np.bool_], ball: F64, fps: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """KICK where the ball changes its velocity beside somebody."""
    action = np.zeros(at.shape[:2], np.uint8)
    action_s = np.broadcast_to(np.arange(len(at))[:, None] / fps, at.shape[:2]).astype(np.float32)
    span = max(1, round(0.1 * fps))
    if len(at) < 2 * span + 2:
        return action, action_s
    step = (ball[span:, :2] - ball[:-span, :2]) * (fps / span)
    change = np.sqrt(((step[span:] - step[:-span]) ** 2).sum(axis=1))
    faster = np.sqrt((step[span:] ** 2).sum(axis=1)) > 3.0
    lasts, before = round(ACTION_S[Action.KICK] * fps), round(CONTACT_S[Action.KICK] * fps)
    latest = -lasts
    for k in np.flatnonzero((change > KICKED) & faster):
        peak = change[max(0, k - span) : k + span + 1].max()
        frame = int(k) + span
        if change[k] < peak or frame - latest < lasts:
            continue
        far = np.sqrt(((at[frame] - ball[frame, :2]) ** 2).sum(axis=1)) + np.where(present[frame], 0.0, 99.0)
        who = int(np.argmin(far))
        if far[who] < NEAR_M and ball[frame, 2] < 1.5:
            latest = frame
            during = np.arange(max(0, frame - before), min(len(at), frame - before + lasts))
            action[during, who] = Action.KICK
            action_s[during, who] = (during - (frame - before)) / fps
    return action, action_s
