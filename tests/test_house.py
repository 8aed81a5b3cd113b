"""The house rules: who may import whom, and what nobody may leave behind."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "stream_engine"
VENDORS = {"av", "cv2", "onnxruntime", "torch", "tensorrt", "PyNvVideoCodec", "cuda"}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def files(folder: str) -> list[Path]:
    return sorted((PACKAGE / folder).rglob("*.py"))


def test_stages_know_neither_bus_nor_ring_nor_a_vendor_library() -> None:
    for path in files("stages"):
        assert not imports(path) & {"stream_engine.bus", "stream_engine.ring", "zmq"}, path
        assert not roots(path) & VENDORS, path


def test_only_backends_feeds_and_reports_on_the_machine_import_vendor_libraries() -> None:
    # draw.py, video.py and the reports make pictures for people, after the fact: no part of the service imports them.
    beside = {
        PACKAGE / name for name in ("doctor.py", "bench/decode_alone.py", "draw.py", "video.py", "scoring/plots.py")
    }
    allowed = {*files("backends"), *files("feeds"), *beside}
    for path in files("."):
        if path not in allowed:
            assert not roots(path) & VENDORS, path


def test_zmq_is_known_to_the_bus_the_edges_and_nobody_else() -> None:
    allowed = {PACKAGE / name for name in ("bus.py", "worker.py", "listen.py", "outputs/zmq_pub.py")}
    for path in files("."):
        if path not in allowed:
            assert "zmq" not in roots(path), path


def test_the_supervisor_carries_no_picture_library() -> None:
    assert not roots(PACKAGE / "supervisor.py") & (VENDORS | {"numpy"})


def test_every_module_says_in_one_line_what_lives_there() -> None:
    for path in files("."):
        said = ast.get_docstring(ast.parse(path.read_text()))
        assert said, path
