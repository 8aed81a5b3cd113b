"""A generated test picture as a clip, made once and kept in the user's cache."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stream_engine.feeds.bridge import ffmpeg_program

ENCODE_TIMEOUT_S = 300


class ClipError(Exception):
    """The clip could not be made."""


@dataclass(frozen=True, slots=True)
class ClipKind:
    """What to generate. The defaults are a contribution feed: 8 Mbit/s, a key frame every second, no B-frames."""

    width: int = 1920
    height: int = 1080
    fps: int = 30
    seconds: int = 20
    key_every: int = 30
    bitrate_k: int = 8000
    b_frames: int = 0

    @property
    def file_name(self) -> str:
        return (
            f"test-{self.width}x{self.height}p{self.fps}-{self.seconds}s-g{self.key_every}"
            f"-{self.bitrate_k}k-b{self.b_frames}.ts"
        )


def cache_dir() -> Path:
    """Where clips are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "stream_engine"


def picture_clip(kind: ClipKind, folder: Path | None = None) -> Path:
    """The clip's file, generated now if it is not there."""
    folder = folder or cache_dir()
    path = folder / kind.file_name
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fresh = Path(scratch) / kind.file_name
        _encode(kind, fresh)
        fresh.replace(path)
    return path


def _encode(kind: ClipKind, path: Path) -> None:
    source = f"testsrc2=size={kind.width}x{kind.height}:rate={kind.fps},noise=alls=12:allf=t,format=yuv420p"
    command = [
        ffmpeg_program(), "-v", "error", "-nostdin", "-y",
        "-f", "lavfi", "-i", source, "-t", str(kind.seconds),
        "-c:v", "libx264", "-preset", "veryfast", "-bf", str(kind.b_frames), "-threads", "2",
        "-g", str(kind.key_every), "-keyint_min", str(kind.key_every), "-sc_threshold", "0",
        "-b:v", f"{kind.bitrate_k}k", "-maxrate", f"{kind.bitrate_k}k", "-bufsize", f"{kind.bitrate_k}k",
        "-f", "mpegts", str(path),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=ENCODE_TIMEOUT_S, check=False)
    if done.returncode:
        raise ClipError(f"the test picture could not be encoded: {done.stderr.strip()[-500:]}")
