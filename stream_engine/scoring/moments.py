"""Pictures of single frames: the video of a match with truth and answer drawn in."""

from stream_engine.draw import Colour, Picture, Style, draw_objects
from stream_engine.messages import TrackedObject
from stream_engine.scoring.people import People
from stream_engine.scoring.read import Truth

FOUND, MISSED, UNJUDGED = (90, 220, 60), (40, 40, 235), (170, 170, 170)


def draw_moment(truth: Truth, frame: People, picture: Picture, teams: tuple[str, ...]) -> Picture:
    """The answer in colour; truth dashed: green where it was found, red where it was missed, grey where none cares."""
    drawn = picture.copy()
    if frame.moment.event:
        draw_objects(drawn, frame.moment.event.objects, Style(fill=0.3, teams=teams))
    found = {match.truth.id for match in frame.matches}
    for place, seen in enumerate(frame.truth):
        colour = (FOUND if seen.id in found else MISSED) if frame.counts[place] else UNJUDGED
        _draw_truth(drawn, TrackedObject(seen.id, truth.people[seen.id].role, None, 1.0, seen.box_px, None), colour)
    return drawn


def _draw_truth(picture: Picture, seen: TrackedObject, colour: Colour) -> None:
    draw_objects(picture, [seen], Style(colour=colour, line="dashed", fill=0, labels=False))
