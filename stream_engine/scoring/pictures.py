"""Pictures of single frames: the video of a match with truth and answer drawn in."""

from stream_engine.draw import Colour, Picture, Style, draw_objects
from stream_engine.messages import TrackedObject
from stream_engine.scoring.people import People
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthObject

FOUND, MISSED, UNCOUNTED = (90, 220, 60), (40, 40, 235), (170, 170, 170)


def draw_frame(truth: Truth, frame: People, picture: Picture, teams: tuple[str, ...]) -> Picture:
    """The answer in colour; truth dashed: green where it was found, red where it was missed, grey where none cares.

    Whoever is wholly hidden has no box to draw.
    """
    drawn = picture.copy()
    if frame.aligned.event:
        draw_objects(drawn, frame.aligned.event.objects, Style(fill=0.3, teams=teams))
    found = {pair.truth.id for pair in frame.pairs}
    for place, seen in enumerate(frame.truth):
        if _has_area(seen):
            colour = (FOUND if seen.id in found else MISSED) if frame.counts[place] else UNCOUNTED
            role = truth.people[seen.id].role
            _draw_truth(drawn, TrackedObject(seen.id, role, None, 1.0, seen.box_px, None, fresh=True), colour)
    return drawn


def _has_area(seen: TruthObject) -> bool:
    left, top, right, bottom = seen.box_px
    return right > left and bottom > top


def _draw_truth(picture: Picture, seen: TrackedObject, colour: Colour) -> None:
    draw_objects(picture, [seen], Style(colour=colour, line="dashed", fill=0, labels=False))
