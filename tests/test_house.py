"""The house rules: who may import whom, and what nobody may leave behind."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from stream_engine.engines import manifest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "stream_engine"
BESIDE = [
    ROOT / "footage",
    ROOT / "training",
    ROOT / "exporting",
]  # what makes the material; the product does not need it
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
        PACKAGE / name
        for name in (
            "doctor.py",
            "bench/decode_alone.py",
            "bench/detect_naive.py",
            "bench/propagate_library.py",
            "draw.py",
            "video.py",
            "scoring/plots.py",
        )
    }
    # camera follows corners on small pictures: arrays on the CPU, whatever runs the nets.
    allowed = {*files("backends"), *files("feeds"), *files("camera"), *beside}
    for path in files("."):
        if path not in allowed:
            assert not roots(path) & VENDORS, path


def test_zmq_is_known_to_the_bus_the_edges_and_nobody_else() -> None:
    allowed = {PACKAGE / name for name in ("bus.py", "worker.py", "listen.py", "outputs/zmq_pub.py")}
    for path in files("."):
        if path not in allowed:
            assert "zmq" not in roots(path), path


def test_tracking_is_arithmetic_on_what_it_is_told() -> None:
    theirs = {"numpy", "scipy", "msgspec"}
    ours, modules = {"stream_engine.messages", "stream_engine.masks"}, set(graph())
    for path in files("tracking"):
        assert roots(path) - set(sys.stdlib_module_names) <= theirs | {"stream_engine"}, path
        assert {name for name in imports(path) & modules if not name.startswith("stream_engine.tracking")} <= ours, path


def test_teams_are_arithmetic_too_and_know_of_tracking_what_looks_are() -> None:
    for path in files("teams"):
        assert roots(path) - set(sys.stdlib_module_names) <= {"numpy", "msgspec", "stream_engine"}, path
        ours = {name for name in imports(path) & set(graph()) if not name.startswith("stream_engine.teams")}
        assert {".".join(name.split(".")[:2]) for name in ours} <= {
            "stream_engine.messages",
            "stream_engine.tracking",
        }, path


def test_the_supervisor_carries_no_picture_library() -> None:
    assert not roots(PACKAGE / "supervisor.py") & (VENDORS | {"numpy"})


def module(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def graph() -> dict[str, set[str]]:
    """Of each module of the package, which others it imports."""
    found = {module(path): imports(path) for path in files(".")}
    return {name: (known & set(found)) - {name} for name, known in found.items()}


def reached_from(start: str, known: dict[str, set[str]]) -> set[str]:
    """What a module needs, and what that needs in turn."""
    reached: set[str] = set()
    coming = set(known[start])
    while coming:
        reached |= coming
        coming = {further for name in coming for further in known[name]} - reached
    return reached


def test_the_product_knows_nothing_of_what_makes_its_material() -> None:
    for path in files("."):
        assert not roots(path) & {folder.name for folder in BESIDE}, path


def test_nothing_that_runs_live_needs_the_scoring() -> None:
    known = graph()
    service = [module(path) for path in files("stages")]
    service += [f"stream_engine.{name}" for name in ("supervisor", "worker", "pump", "bus")]
    for name in service:
        assert not {other for other in reached_from(name, known) if other.startswith("stream_engine.scoring")}, name


def test_no_two_modules_need_each_other() -> None:
    """A package may open its own modules, which begin with it."""
    known = {name: needed - {name.rpartition(".")[0]} for name, needed in graph().items()}
    assert [name for name in known if name in reached_from(name, known)] == []


def test_no_model_of_the_developer_s_own_is_known_to_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    program = "from stream_engine.engines import engines_folder; print(engines_folder())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert Path(said).is_relative_to(tmp_path_factory.getbasetemp()) and not list(Path(said).iterdir())
    assert not [row.name for row in manifest().rows if row.own and row in manifest().models]


def test_every_module_says_in_one_line_what_lives_there() -> None:
    for path in [*files("."), *(path for folder in BESIDE for path in sorted(folder.rglob("*.py")))]:
        said = ast.get_docstring(ast.parse(path.read_text()))
        assert said, path
