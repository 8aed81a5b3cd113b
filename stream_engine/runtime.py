"""Where a running service keeps its things: the private runtime directory, the rings, the epochs of last time."""

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from stream_engine.config import Config
from stream_engine.pipeline import pipe_address, plan
from stream_engine.pulse import Board
from stream_engine.ring import RingShape, reserve

UNCLEAN_STEP = 10  # epochs that may have begun between the last save and a kill: one takes over 0.1 s, saves 0.5
OWNER = "owner"  # a file beside the rings that names the runtime directory they belong to
SOCKET_PATH_MAX = 107  # bytes, sun_path of unix(7) less its end mark


logger = logging.getLogger("stream_engine.runtime")


class RuntimeDirError(Exception):
    """The service's directories cannot be used: what, where, what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one running service."""

    runtime: Path
    rings: Path
    state: Path
    mark: str  # of the runtime directory, for what lies elsewhere

    @classmethod
    def of(cls, config: Config) -> "Places":
        runtime = Path(config.runtime_dir or _default_runtime_dir()).absolute()
        mark = hashlib.sha256(os.fsencode(runtime)).hexdigest()[:12]
        return cls(
            runtime=runtime,
            rings=Path(config.ring.dir).absolute() / f"stream_engine-{os.getuid()}-{mark}",
            state=Path(config.state_dir or _default_state_dir()).absolute(),
            mark=mark,
        )

    @property
    def lock(self) -> Path:
        return self.runtime / "lock"

    @property
    def board(self) -> Path:
        return self.runtime / "board"

    @property
    def epochs(self) -> Path:
        return self.state / "epochs.json"

    @property
    def kept(self) -> Path:
        """What workers leave to their successors; of each runtime directory apart, because they may share `state`."""
        return self.state / "kept" / self.mark

    def ring(self, stream: str) -> Path:
        return self.rings / f"{stream}.ring"

    def pipe(self, name: str) -> str:
        return pipe_address(self.runtime, name)


def _default_runtime_dir() -> str:
    if given := os.environ.get("RUNTIME_DIRECTORY"):  # systemd
        return given
    if session := os.environ.get("XDG_RUNTIME_DIR"):
        return f"{session}/stream_engine"
    return f"/tmp/stream_engine-{os.getuid()}"  # noqa: S108 - ownership and mode are checked before use


def _default_state_dir() -> str:
    if given := os.environ.get("STATE_DIRECTORY"):  # systemd
        return given
    return os.environ.get("XDG_STATE_HOME", str(Path.home() / ".local/state")) + "/stream_engine"


@contextlib.contextmanager
def occupy(config: Config) -> Iterator[tuple[Places, Board]]:
    """Take the runtime directory, alone; clear a dead run's remains; reserve the rings; leave nothing behind."""
    places = Places.of(config)
    _check_socket_paths(config, places)
    private_dir(places.runtime)
    lock = _lock(places)
    try:
        _clear(places)
        _sweep(places.rings.parent)
        _make_rings_dir(places)
        shape = RingShape.for_pictures(config.ring.slots, config.ring.max_width, config.ring.max_height)
        reserve(places.rings, shape, [stream.name for stream in config.streams])
        board = board_of(config, places, create=True)
        _carry_epochs(board, places)
        save_epochs(places, board, clean=False)
        private_dir(places.kept)
        yield places, board
        try:
            save_epochs(places, board, clean=True)
        except RuntimeDirError as error:
            logger.warning("%s; the next run goes on further ahead", error)
    finally:
        _clear(places)
        places.lock.unlink(missing_ok=True)
        os.close(lock)
        with contextlib.suppress(OSError):
            places.runtime.rmdir()


def _make_rings_dir(places: Places) -> None:
    try:
        places.rings.mkdir(mode=0o700)
        (places.rings / OWNER).write_text(str(places.runtime))
    except OSError as error:
        raise RuntimeDirError(f"ring.dir: {places.rings.parent} cannot be used for rings: {error.strerror}") from None


def _sweep(parent: Path) -> None:
    """Remove the rings of instances that were killed and never started again: they would fill the memory."""
    for rings in parent.glob(f"stream_engine-{os.getuid()}-*"):
        with contextlib.suppress(OSError):
            runtime = Path((rings / OWNER).read_text())
            if not _is_locked(runtime / "lock"):
                logger.warning("%s: left behind by a killed instance of %s; removed", rings, runtime)
                shutil.rmtree(rings, ignore_errors=True)


def is_running(places: Places) -> bool:
    """Whether a service runs there now."""
    try:
        return _is_locked(places.lock)
    except OSError as error:
        raise RuntimeDirError(
            f"{places.runtime}: cannot be looked into: {error.strerror}; run this as the service's user"
        ) from None


def _is_locked(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def board_of(config: Config, places: Places, *, create: bool = False) -> Board:
    """The board of a configuration; its layout follows from the plan."""
    workers = tuple(worker.name for worker in plan(config))
    return Board(places.board, workers, tuple(stream.name for stream in config.streams), create=create)


def _check_socket_paths(config: Config, places: Places) -> None:
    longest = max((places.pipe(worker.name).removeprefix("ipc://") for worker in plan(config)), key=len)
    if len(os.fsencode(longest)) > SOCKET_PATH_MAX:
        raise RuntimeDirError(
            f"{longest}: too long for a socket ({len(longest)} of {SOCKET_PATH_MAX} bytes); "
            "set runtime_dir to a shorter path"
        )


def private_dir(path: Path) -> None:
    """Make a directory for this user alone, or check that it is one."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
    except OSError as error:
        raise RuntimeDirError(f"{path}: cannot be made: {error.strerror}; set runtime_dir or state_dir") from None
    if path.is_symlink() or not path.is_dir() or info.st_uid != os.getuid():
        raise RuntimeDirError(f"{path}: belongs to somebody else; remove it or set another directory")
    path.chmod(0o700)


def _lock(places: Places) -> int:
    """Hold the lock file; an instance that is just going may have unlinked the one we opened."""
    for _ in range(10):
        fd = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            raise RuntimeDirError(
                f"{places.runtime}: another instance is running here; stop it, or give this one its own runtime_dir"
            ) from None
        if os.fstat(fd).st_nlink:
            return fd
        os.close(fd)
    raise RuntimeDirError(f"{places.runtime}: instances come and go here too fast to lock it")


def _clear(places: Places) -> None:
    shutil.rmtree(places.rings, ignore_errors=True)
    for left in (*places.runtime.glob("*.pipe"), places.board):
        left.unlink(missing_ok=True)


def forget_kept(places: Places) -> None:
    """Another match: nobody goes on from what workers kept of the last one."""
    try:
        shutil.rmtree(places.kept)
    except OSError as error:
        raise RuntimeDirError(f"{places.kept}: cannot be removed: {error.strerror}; remove it by hand") from None
    private_dir(places.kept)
    logger.info("what was kept of the last match is forgotten")


# --- epochs of last time --------------------------------------------------------------------------


class Epochs(msgspec.Struct, frozen=True):
    """The last epoch of each stream, and whether the run that wrote them was stopped properly."""

    clean: bool
    epochs: dict[str, int]


def load_epochs(places: Places) -> Epochs:
    """What the last run wrote; a file that cannot be read counts as none, and is told."""
    try:
        return msgspec.json.decode(places.epochs.read_bytes(), type=Epochs)
    except FileNotFoundError:
        return Epochs(clean=True, epochs={})
    except (OSError, msgspec.MsgspecError) as error:
        logger.warning("%s cannot be read (%s): epochs begin at 1 again", places.epochs, error)
        return Epochs(clean=True, epochs={})


def _carry_epochs(board: Board, places: Places) -> None:
    """Epochs go on from the last run; one that was killed may have begun some that it never wrote down."""
    last = load_epochs(places)
    for stream in board.stream_names:
        if stream in last.epochs:
            board.stream(stream)["epoch"] = last.epochs[stream] + (0 if last.clean else UNCLEAN_STEP)


def save_epochs(places: Places, board: Board, *, clean: bool) -> None:
    """Write the epochs so that a crash leaves the old file or the new one."""
    private_dir(places.state)
    now = {name: int(board.stream(name)["epoch"]) for name in board.stream_names}
    fresh = places.epochs.with_suffix(f".{os.getpid()}")
    try:
        _write_durably(fresh, msgspec.json.encode(Epochs(clean, load_epochs(places).epochs | now)))
        fresh.replace(places.epochs)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise RuntimeDirError(f"state_dir: {places.epochs} cannot be written: {error.strerror}") from None


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
