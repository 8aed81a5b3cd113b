"""The demonstration's RTSP feeds: GStreamer's server, where Debian's packages for it are installed."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from stream_engine.demo.player import Player, free_port
from stream_engine.feeds.bridge import ffmpeg_program

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's bindings belong to it
GST_INSTALL = "apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
RTSP_PROGRAM = Path(__file__).with_name("rtsp_server.py")
PROBE = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
PROBE_TIMEOUT_S = 20
RELAY = (  # the transport stream of a player, not coded again; parameter sets with each key frame
    "( udpsrc address=127.0.0.1 port={port} caps=video/mpegts ! tsdemux latency=1 ! h264parse !"
    " rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


CAMERA = (  # a live encoder, as in a camera; parameter sets are repeated with each key frame
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1 !"
    " timeoverlay ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={key_every} !"
    " rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


@cache
def has_rtsp_server() -> bool:
    """Whether the system's Python can serve RTSP."""
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", PROBE], capture_output=True, timeout=PROBE_TIMEOUT_S, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def rtsp_camera(key_every: int) -> Player:
    """An RTSP server on loopback with a live test picture."""
    port = free_port()
    launch = CAMERA.format(key_every=key_every)
    return Player(f"rtsp://127.0.0.1:{port}/live", [SYSTEM_PYTHON, str(RTSP_PROGRAM), str(port), launch])


@contextmanager
def rtsp_player(video: Path) -> Iterator[Player]:
    """An RTSP server on loopback that plays a video in a loop; `url` is where."""
    inner, port = free_port(), free_port()
    send = [
        ffmpeg_program(), "-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(video),
        "-c", "copy", "-f", "mpegts", f"udp://127.0.0.1:{inner}?pkt_size=1316",
    ]  # fmt: skip
    serve = [SYSTEM_PYTHON, str(RTSP_PROGRAM), str(port), RELAY.format(port=inner)]
    with ExitStack() as stack:
        stack.enter_context(Player("", send))
        yield stack.enter_context(Player(f"rtsp://127.0.0.1:{port}/live", serve))
