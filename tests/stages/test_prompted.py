"""What becomes of a prompt in propagate: who is pointed at, and when, and what is refused."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.config import PropagateConfig
from stream_engine.messages import Box, Detection, Detections, FrameRef, Gap, Masks
from stream_engine.models.propagators.boxes import Boxes
from stream_engine.pictures import FrameGone
from stream_engine.stages.propagate import Off, Propagate
from tests.fakes import frame_ref, prompt

THERE: Box = (10.0, 10.0, 20.0, 30.0)  # as prompts of these tests say


class Rings:
    """Grey pictures, some of which are gone."""

    def __init__(self, *gone: int) -> None:
        self._gone = gone

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
        if ref.seq in self._gone:
            raise FrameGone("before")
        yield np.full((54, 64), 128, np.uint8)


def step(stage: Propagate, seq: int, *items: Detection) -> Masks | Gap:
    frame = frame_ref(seq=seq)
    [done] = stage.process([Detections(frame, False, None, True, items, frame.times)])
    return done


def test_who_is_pointed_at_in_a_frame_that_is_gone_begins_in_the_next_one() -> None:
    stage = Propagate(Boxes(), Rings(0), PropagateConfig(net="boxes"))
    stage.hear(prompt())
    assert isinstance(step(stage, 0), Gap)
    assert (stage.counts["prompts"], stage.refused) == (0, 0)
    step(stage, 1)
    found = step(stage, 2, Detection("player", 0.9, THERE))
    assert isinstance(found, Masks) and [item.name for item in found.items] == ["scorer"]
    assert (stage.counts["prompts"], stage.refused) == (1, 0)


def test_what_the_stage_refuses_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    stage = Propagate(Boxes(), Rings(), PropagateConfig(net="boxes", max_objects=1))
    stage.hear(prompt())
    stage.hear(msgspec.structs.replace(prompt("another"), box_px=(40.0, 10.0, 50.0, 30.0)))
    step(stage, 0)
    assert stage.refused == 1
    assert "prompt 'another' for cam is refused: as many objects are followed as" in caplog.text


def test_a_stage_that_is_off_refuses_prompts_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    stage = Off()
    with caplog.at_level(logging.WARNING):
        stage.hear(prompt())
    assert stage.refused == 1 and "prompt 'scorer' for cam is refused: stages.propagate.net is" in caplog.text
