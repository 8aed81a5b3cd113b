"""Pointing at somebody in a running service: who is pointed at is followed by name, and what is nobody is refused."""

import gzip
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from stream_engine.audit import Audit
from stream_engine.bench.service import stop
from stream_engine.boxes import overlap
from stream_engine.demo.builtin import MATCH, VIDEO
from stream_engine.listen import Listener
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Box, StatusEvent, TrackedObject, TrackEvent
from stream_engine.scoring.truth import TruthFrame, TruthObject
from tests.flow.test_service import stream_engine
from tests.peers import ffmpeg, free_port

FLOW_S = 20.0
LEFT, TOP = 800, 100  # of the part of the built-in match that is shown
BY_BOX, BY_MASK, BY_POINT = 31, 23, 24  # whom we point at, by their numbers in its truth


@pytest.fixture
def still(clips: Path) -> Path:
    """A part of the first picture of the built-in match, for a minute."""
    path = clips / "still.mp4"
    if not path.exists():
        part = f"trim=end_frame=1,crop=640:360:{LEFT}:{TOP},loop=loop=-1:size=1,setpts=N/15/TB"
        ffmpeg("-i", VIDEO, "-an", "-vf", part, "-r", "15", "-t", "60", "-preset", "ultrafast", "-g", "15", path)
    return path


def truth() -> dict[int, TruthObject]:
    """Everybody in it, by number; places are those of the whole picture."""
    with gzip.open(MATCH / "truth.jsonl.gz") as lines:
        frame = msgspec.json.decode(lines.readline(), type=TruthFrame)
    return {each.id: each for each in frame.objects}


def box_of(person: TruthObject) -> Box:
    left, top, right, bottom = person.box_px
    return left - LEFT, top - TOP, right - LEFT, bottom - TOP


def mask_file(path: Path, mask: MaskRle) -> Path:
    path.write_bytes(msgspec.json.encode(mask))
    return path


class Heard:
    """A running service, and what has been heard of it."""

    def __init__(self, config: Path, listener: Listener, log: Path) -> None:
        self.audit, self._config, self._listener, self._log = Audit(), config, listener, log
        self.objects: dict[str | None, TrackedObject] = {}  # of the newest frame, by name
        self.rejected: dict[str, int] = {}

    def comes(self, what: Callable[[], object]) -> bool:
        """Whether it becomes true while events come in."""
        until = time.monotonic() + FLOW_S
        while not what() and time.monotonic() < until:
            for event in self._listener.receive(100):
                self.audit.add(event)
                if isinstance(event, TrackEvent):
                    self.objects = {item.name: item for item in event.objects}
                elif isinstance(event, StatusEvent):
                    self.rejected = event.rejected
        return bool(what())

    def point(self, name: str, *words: str | Path) -> None:
        done = stream_engine("prompt", self._config, "--stream", "cam", "--name", name, *words)
        assert done.returncode == 0, done.stderr

    def follows(self, name: str, person: TruthObject) -> bool:
        """Whether somebody of this name is told where this person is."""
        assert self.comes(lambda: name in self.objects), f"{name} never came"
        return bool(overlap(np.array([self.objects[name].box_px]), np.array([box_of(person)]))[0, 0] > 0.5)

    def said(self, line: str) -> bool:
        return line in self._log.read_text()


@contextmanager
def following(clip: Path, folder: Path) -> Iterator[Heard]:
    """A service without a detector, flowing."""
    config, log, endpoint = folder / "service.toml", folder / "log", f"tcp://127.0.0.1:{free_port()}"
    config.write_text(
        f'runtime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n[ring]\nslots = 16\n'
        f'[stages.propagate]\nnet = "nano-propagator"\n[outputs.zmq]\nendpoint = "{endpoint}"\n'
        f'[[streams]]\nname = "cam"\nurl = "{clip}"\nloop = true\n'
    )
    command = [sys.executable, "-m", "stream_engine", "run", str(config)]
    with log.open("wb") as said, Listener(endpoint) as listener:
        process = subprocess.Popen(command, stderr=said)
        try:
            heard = Heard(config, listener, log)
            assert heard.comes(lambda: heard.audit.events), log.read_text()
            yield heard
        finally:
            stop(process)
    assert process.returncode == 0, log.read_text()


def test_who_is_pointed_at_is_followed_by_name_and_what_is_nobody_is_refused(still: Path, tmp_path: Path) -> None:
    people = truth()
    in_picture = msgspec.structs.replace(
        people[BY_MASK].mask, x=people[BY_MASK].mask.x - LEFT, y=people[BY_MASK].mask.y - TOP
    )
    left, top, right, bottom = box_of(people[BY_POINT])
    with following(still, tmp_path) as heard:
        assert not heard.objects, "nobody is found, because nobody looks"
        heard.point("by box", "--role", "referee", "--box", ",".join(map(str, box_of(people[BY_BOX]))))
        assert heard.follows("by box", people[BY_BOX])
        first = heard.objects["by box"]
        assert first.track_id is not None and first.mask and (first.role, first.fresh) == ("referee", True)
        heard.point("nobody", "--box", "1000,500,1100,600")
        heard.point("everybody", "--mask", mask_file(tmp_path / "vast.json", encode(np.ones((800, 1200), bool))))
        heard.point("by mask", "--mask", mask_file(tmp_path / "mask.json", in_picture))
        heard.point(
            "by point", "--point", f"{(left + right) / 2},{(top * 2 + bottom) / 3}", "--not", f"{left - 9},{top}"
        )
        assert heard.follows("by mask", people[BY_MASK])
        assert heard.follows("by point", people[BY_POINT])
        assert heard.follows("by box", people[BY_BOX]) and heard.objects["by box"].track_id == first.track_id
        assert heard.comes(lambda: heard.rejected == {"propagate.main": 2})
        assert heard.said("prompt 'nobody' for cam is refused: the box is outside of the picture of 640 x 360")
        assert heard.said("prompt 'everybody' for cam is refused: the mask reaches out of the picture of 640 x 360")
    assert heard.audit.unexplained_holes == 0
