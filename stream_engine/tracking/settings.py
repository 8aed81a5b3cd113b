"""What the tracker believes of boxes, places and looks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Found by trying on matches that nothing is judged by (docs/tracking.md)."""

    sure: float = 0.5  # score from which on a box may be somebody new, and is paired first
    reaches: tuple[float, ...] = (0.4, 1.0, 1.6)  # by how much boxes grow, round after round
    most: tuple[float, ...] = (16.0, 26.0, 40.0)  # what may speak against a pair in that round
    doubtful_reach: float = 0.3
    doubtful_most: float = 16.0
    lost: int = 30  # frames unseen after which place alone does not say who it is
    brief: int = 5  # frames; who was seen in fewer and is lost never was
    clear: float = 0.7  # share of a box that others may cover for a look at it
    least_px: float = 24.0  # height of somebody whose looks say anything
    stale: int = 15  # frames after which looks are taken again
    open: int = 90  # frames for which somebody new may turn out to be somebody known
    least: float = 4.0  # that has to speak for somebody being back
    margin: float = 2.0  # by how much more than for anybody else
    swaps: float = 0.08  # by how much people have to look more like each other than like themselves
    most_people: int = 200  # that are remembered
