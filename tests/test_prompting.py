"""`stream-engine prompt`: what may be said, what is told to a service, and what a mistake is called."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zmq
from typer.testing import CliRunner

from stream_engine import telling
from stream_engine.bus import Inbox
from stream_engine.cli import KNOWN, app
from stream_engine.config import Config, PropagateConfig, RingConfig, StagesConfig, StreamConfig, load_config
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Detections, Prompt
from stream_engine.prompting import MASK_BYTES, Said, point, prompt_of
from stream_engine.runtime import RuntimeDirError, occupy
from stream_engine.telling import TellingError

BOX = Said("main", "scorer", box="10,20,30,60")
MASK = encode(np.ones((3, 2), bool), x=7, y=9)


def configured(folder: Path, net: str = "nano-propagator") -> Config:
    return Config(
        streams=(StreamConfig(name="main", url="x"), StreamConfig(name="reverse", url="x", lane="two")),
        runtime_dir=str(folder / "run"),
        state_dir=str(folder / "state"),
        ring=RingConfig(dir=str(folder), slots=12, max_width=640, max_height=360),
        stages=StagesConfig(propagate=PropagateConfig(net=net)),
    )


def mask_file(folder: Path, content: bytes | MaskRle) -> Path:
    path = folder / "mask.json"
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    return path


def test_each_way_of_pointing_becomes_a_prompt(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert prompt_of(config, BOX) == Prompt("main", "scorer", "player", box_px=(10, 20, 30, 60))
    points = Said("reverse", "Nº 7", "goalkeeper", points=("1,2", "3.5,4"), beside=("9,9",))
    assert prompt_of(config, points) == Prompt(
        "reverse", "Nº 7", "goalkeeper", points_px=((1, 2), (3.5, 4), (9, 9)), labels=(1, 1, 0)
    )
    mask = Said("main", "x", mask=mask_file(tmp_path, MASK))
    assert prompt_of(config, mask) == Prompt("main", "x", "player", mask=MASK)


def test_a_box_may_reach_over_the_edge(tmp_path: Path) -> None:
    assert prompt_of(configured(tmp_path), replace(BOX, box="-20,-5,30,700")).box_px == (-20, -5, 30, 700)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"box": None}, "say where by one of --box L,T,R,B, --point X,Y (and --not X,Y) or --mask FILE"),
    ({"points": ("1,2",)}, "say where by one of"),
    ({"mask": Path("m.json")}, "say where by one of"),
    ({"box": "10,20,nan,60"}, "--box: '10,20,nan,60' must be L,T,R,B in pixels of the picture"),
    ({"box": "10,20,inf,60"}, "must be L,T,R,B in pixels"),
    ({"box": "10,20,30"}, "must be L,T,R,B in pixels"),
    ({"box": "left,20,30,60"}, "must be L,T,R,B in pixels"),
    ({"box": ""}, "must be L,T,R,B in pixels"),
    ({"box": "30,20,10,60"}, "--box: '30,20,10,60' has no area; write left,top,right,bottom"),
    ({"box": "10,60,30,20"}, "has no area"),
    ({"box": "10,20,1e9,60"}, "is farther away than any picture is large (16384)"),
    ({"box": "640,20,700,60"}, "is outside of every picture of up to 640 x 360 (ring.max_width, max_height)"),
    ({"box": "-30,20,0,60"}, "is outside of every picture"),
    ({"box": "x" * 9999}, "…' must be L,T,R,B in pixels"),
    ({"box": None, "points": ("1,2,3",)}, "--point: '1,2,3' must be X,Y in pixels of the picture"),
    ({"box": None, "points": ("-1,2",)}, "--point: '-1,2' is outside of every picture"),
    ({"box": None, "points": ("1,2",), "beside": ("1,360",)}, "--not: '1,360' is outside of every picture"),
    ({"box": None, "beside": ("1,2",)}, "a --point on it is needed, too"),
    ({"box": None, "points": ("1,2",) * 17}, "17 of them; 16 are taken at most"),
    ({"name": ""}, "--name: '' must be 1 to 64 printable characters"),
    ({"name": "  "}, "must be 1 to 64 printable characters"),
    ({"name": "x" * 65}, "must be 1 to 64 printable characters"),
    ({"name": "two\nlines"}, r"--name: 'two\nlines' must be 1 to 64 printable characters"),
    ({"role": "striker"}, "nobody is followed as 'striker'; there are: player, goalkeeper, referee, other"),
    ({"role": "ball"}, "nobody is followed as 'ball'"),
]


@pytest.mark.parametrize(("said", "complaint"), WRONG)
def test_what_can_be_nothing_in_any_picture_is_one_line(tmp_path: Path, said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TellingError) as told:
        prompt_of(configured(tmp_path), replace(BOX, **said))
    assert complaint in str(told.value) and "\n" not in str(told.value)
    assert len(str(told.value)) < 250


WRONG_MASKS: dict[str, tuple[bytes | MaskRle, str]] = {
    "noise": (b"\xff{", "not COCO run lengths of a rectangle"),
    "plain COCO": (b'{"size": [3, 2], "counts": "06"}', "missing required field `x`"),
    "uncompressed": (b'{"x": 0, "y": 0, "size": [3, 2], "counts": [0, 6]}', "Expected `str`, got `array`"),
    "nested": (b'{"deep":' * 90_000, "not COCO run lengths of a rectangle"),
    "of another size": (MaskRle(0, 0, (3, 3), MASK.counts), "do not fill the 3 x 3 pixels"),
    "empty": (encode(np.zeros((3, 2), bool)), "the mask is empty"),
    "of nothing": (MaskRle(0, 0, (0, 0), ""), "the mask is empty"),
    "outside": (MaskRle(639, 0, (3, 2), MASK.counts), "reaches out of every picture of up to 640 x 360"),
    "before": (MaskRle(-1, 0, (3, 2), MASK.counts), "reaches out of every picture"),
    "vast": (MaskRle(0, 0, (10**12, 10**12), MASK.counts), "reaches out of every picture"),
    "large": (b" " * (MASK_BYTES + 1), f"larger than {MASK_BYTES} bytes"),
}


@pytest.mark.parametrize("what", WRONG_MASKS)
def test_a_mask_that_is_none_is_one_line(tmp_path: Path, what: str) -> None:
    content, complaint = WRONG_MASKS[what]
    with pytest.raises(TellingError) as told:
        prompt_of(configured(tmp_path), replace(BOX, box=None, mask=mask_file(tmp_path, content)))
    assert complaint in str(told.value) and "\n" not in str(told.value)


def test_a_mask_is_read_from_files_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(TellingError, match="there is no such file"):
            prompt_of(configured(tmp_path), replace(BOX, box=None, mask=path))


def test_an_unknown_stream_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(TellingError, match="no stream is named 'wide'; there are: main, reverse"):
        point(configured(tmp_path), replace(BOX, stream="wide"))


@pytest.mark.parametrize("net", ["none", "boxes"])
def test_a_service_that_follows_nobody_who_is_pointed_at_is_told(tmp_path: Path, net: str) -> None:
    with pytest.raises(TellingError, match=f'stages.propagate.net is "{net}", which follows nobody'):
        point(configured(tmp_path, net), BOX)


def test_a_service_that_does_not_run_is_told(tmp_path: Path) -> None:
    config = configured(tmp_path)
    with pytest.raises(TellingError, match=f"no service runs in {tmp_path}/run; start it with"):
        point(config, BOX)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/lock").touch()  # left behind by one that was killed
    with pytest.raises(TellingError, match="no service runs in"):
        point(config, BOX)


def test_a_runtime_directory_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(RuntimeDirError, match=f"{tmp_path}/run: cannot be looked into: Not a directory"):
        point(configured(tmp_path), BOX)


def test_a_stage_that_takes_nothing_is_told_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "WAIT_MS", 100)
    start = time.monotonic()
    with occupy(configured(tmp_path)), pytest.raises(TellingError, match=r"propagate\.main takes nothing now"):
        point(configured(tmp_path), BOX)
    assert time.monotonic() - start < 2


def test_the_stage_of_the_stream_s_lane_is_told(tmp_path: Path) -> None:
    context: zmq.Context[Any] = zmq.Context()
    with occupy(configured(tmp_path)) as (places, _):
        inbox = Inbox(context, places.pipe("propagate.two"), Detections, Prompt)
        assert point(configured(tmp_path), replace(BOX, stream="reverse")) == "propagate.two"
        assert [item.name for item in inbox.receive(2000) if isinstance(item, Prompt)] == ["scorer"]
        inbox.close()
    context.term()


def run(folder: Path, *words: str) -> Any:
    file = folder / "service.toml"
    file.write_text(
        f'runtime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n[ring]\ndir = "{folder}"\n'
        '[stages.propagate]\nnet = "nano-propagator"\n[[streams]]\nname = "main"\nurl = "srt://h:1"\n'
    )
    return CliRunner().invoke(app, ["prompt", str(file), "--stream", "main", "--name", "scorer", *words])


def test_the_command_says_whom_it_told_of_what(tmp_path: Path) -> None:
    context: zmq.Context[Any] = zmq.Context()
    run(tmp_path)  # writes the file
    with occupy(load_config(tmp_path / "service.toml")) as (places, _):
        inbox = Inbox(context, places.pipe("propagate.main"), Detections, Prompt)
        done = run(tmp_path, "--role", "other", "--point", "-0,5", "--point", "6,7", "--not", "8,9")
        [heard] = inbox.receive(2000)
        inbox.close()
    context.term()
    assert done.exit_code == 0 and "propagate.main was told of 'scorer', for the next frame of main" in done.stderr
    assert heard == Prompt("main", "scorer", "other", points_px=((0, 5), (6, 7), (8, 9)), labels=(1, 1, 0))


@pytest.mark.parametrize("words", [(), ("--box", "1,2,3,4", "--point", "1,2"), ("--box", "1,2,30,40")])
def test_the_command_ends_with_a_complaint_that_is_one_line_elsewhere(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(tmp_path, *words).exception, KNOWN)
