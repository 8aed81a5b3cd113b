"""The command line of `tools/export`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import transformers
import typer

from exporting.checkpoints import CheckpointError, Opened, garbled, open_folder
from exporting.sam2 import PARTS, Mode
from stream_engine.console import console, fail, say
from stream_engine.engines import EngineError, Name, engines_folder
from stream_engine.engines.rows import add_row, in_the_way

SIDES = (32, 2048)  # of square pictures, the least and the most

app = typer.Typer(help="Make models that others have trained usable here.", no_args_is_help=True, add_completion=False)


@app.callback()
def _commands() -> None: ...


def main() -> None:
    """Run a command; what a person can mend is one line."""
    transformers.logging.set_verbosity_error()  # its reports of what was loaded are judged, not shown
    transformers.logging.disable_progress_bar()
    try:
        app()
    except (CheckpointError, EngineError, OSError) as error:
        fail(str(error))


@app.command()
def detector(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of save_pretrained, or a .pth of RF-DETR's package")],
    *,
    name: Annotated[str, typer.Option(help="What the model is to be called in the configuration")],
    family: Annotated[str | None, typer.Option(help="rfdetr, dfine or rtdetr: refuse any other")] = None,
    size: Annotated[int | None, typer.Option(min=SIDES[0], max=SIDES[1], help="Side of its square input")] = None,
    out: Annotated[Path | None, typer.Option(help="Engines folder to write to, instead of the usual one")] = None,
    role: Annotated[list[str] | None, typer.Option(help="CLASS=ROLE; for classes with unusual names")] = None,
    source: Annotated[str | None, typer.Option(help="Where it comes from, for the manifest")] = None,
    licence: Annotated[str, typer.Option(help="Under what terms, for the manifest")] = "see its source",
    force: Annotated[bool, typer.Option("--force", help="Replace the model of this name, row and file")] = False,
) -> None:
    """Export a detector to ONNX, compare the file with the network, and put its row into the manifest."""
    from exporting.onnx_file import write
    from exporting.rows import Told, roles_of, row_of

    folder = out.absolute() if out else engines_folder()
    file = f"{name}.onnx"
    _check_name(name, file, folder, force)
    with garbled(checkpoint):
        opened = _open(checkpoint, family)
    roles = roles_of(opened.classes, role or [])
    side = size or opened.side
    if not SIDES[0] <= side <= SIDES[1]:
        fail(f"{checkpoint} was made for a side of {side}; say --size, {SIDES[0]} to {SIDES[1]}")
    if side % opened.step:
        fail(f"--size {side}: this model takes multiples of {opened.step}; it was made for {opened.side}")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        with garbled(checkpoint), console.status(f"exporting {checkpoint} at {side} × {side} …"):
            written = write(opened, side, Path(beside, file))
        row = row_of(Told(source or checkpoint.name, licence), opened, roles, written)
        manifest = add_row(row, folder, written.path)
    say(f"{folder / file}: {row['bytes'] / 1e6:.1f} MB, sha256 {row['sha256']}")
    say(f"it differs from the network by {written.worst:.1e} of its greatest number")
    say(f"{manifest}: row {name!r}; detects {_said(roles)}")


@app.command()
def sam2(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of save_pretrained with a SAM 2.1", file_okay=False)],
    *,
    name: Annotated[str, typer.Option(help="What its four parts are to be called: NAME.encode and so on")],
    side: Annotated[int, typer.Option(min=SIDES[0], max=SIDES[1], help="Of its square pictures, in pixels")] = 224,
    slots: Annotated[int, typer.Option(min=1, max=64, help="Memories that an object can have")] = 8,
    pointers: Annotated[int, typer.Option(min=1, max=256, help="Pointers that an object can have")] = 16,
    mode: Annotated[Mode, typer.Option(help="region: a picture for each object; frame: one for all")] = "region",
    out: Annotated[Path | None, typer.Option(help="Engines folder to write to, instead of the usual one")] = None,
    source: Annotated[str | None, typer.Option(help="Where it comes from, for the manifest")] = None,
    licence: Annotated[str, typer.Option(help="Under what terms, for the manifest")] = "see its source",
    force: Annotated[bool, typer.Option("--force", help="Replace the parts of this name, rows and files")] = False,
) -> None:
    """Export a SAM 2.1 to four ONNX files, compare each with its network, and put their rows into the manifest."""
    from exporting.rows import Told
    from exporting.sam2.checkpoint import open_sam2
    from exporting.sam2.files import write
    from exporting.sam2.parts import sizes_of
    from exporting.sam2.rows import row_of

    folder = out.absolute() if out else engines_folder()
    for part in PARTS:
        _check_name(f"{name}.{part}", f"{name}.{part}.onnx", folder, force)
    with garbled(checkpoint):
        net = open_sam2(checkpoint, side)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        with garbled(checkpoint), console.status(f"exporting {checkpoint} at {side} × {side} …"):
            written = write(net, sizes_of(net, slots, pointers, mode), Path(beside), name)
        for part in written:
            row = row_of(Told(source or checkpoint.name, licence), part)
            manifest = add_row(row, folder, part.path)
            say(f"{folder / part.path.name}: {row['bytes'] / 1e6:.1f} MB, sha256 {row['sha256']}")
            say(f"it differs from the network by {part.worst:.1e} of its greatest number")
    say(f"{manifest}: rows {', '.join(f'{name}.{part}' for part in PARTS)}")


@app.command()
def siglip(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of save_pretrained with a SigLIP", file_okay=False)],
    *,
    name: Annotated[str, typer.Option(help="What the model is to be called in the configuration")],
    size: Annotated[int | None, typer.Option(min=SIDES[0], max=SIDES[1], help="Side of its square input")] = None,
    out: Annotated[Path | None, typer.Option(help="Engines folder to write to, instead of the usual one")] = None,
    source: Annotated[str | None, typer.Option(help="Where it comes from, for the manifest")] = None,
    licence: Annotated[str, typer.Option(help="Under what terms, for the manifest")] = "see its source",
    force: Annotated[bool, typer.Option("--force", help="Replace the model of this name, row and file")] = False,
) -> None:
    """Export a SigLIP's vision tower to ONNX, compare the file with the network, and put its row into the manifest."""
    from exporting.rows import Told
    from exporting.siglip import open_siglip, row_of, write

    folder = out.absolute() if out else engines_folder()
    file = f"{name}.onnx"
    _check_name(name, file, folder, force)
    with garbled(checkpoint):
        tower = open_siglip(checkpoint, size)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        with garbled(checkpoint), console.status(f"exporting {checkpoint} at {tower.side} × {tower.side} …"):
            written = write(tower, Path(beside, file))
        row = row_of(Told(source or checkpoint.name, licence), written)
        manifest = add_row(row, folder, written.path)
    say(f"{folder / file}: {row['bytes'] / 1e6:.1f} MB, sha256 {row['sha256']}")
    say(f"it differs from the network by {written.worst:.1e} of its greatest number")
    say(f"{manifest}: row {name!r}; says {tower.size} numbers of each shirt")


def _check_name(name: str, file: str, folder: Path, force: bool) -> None:
    """The model may be called so: known before the minutes that an export takes."""
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError:
        fail(f"--name {name}: letters, digits, '.', '_' and '-' make a name, 64 of them at most")
    if (there := in_the_way(name, file, folder)) and not force:
        fail(f"--name {name}: {there} would be replaced; --force does that")


def _open(checkpoint: Path, family: str | None) -> Opened:
    if checkpoint.is_dir():
        opened = open_folder(checkpoint)
    elif checkpoint.is_file():
        from exporting.roboflow import open_checkpoint

        opened = open_checkpoint(checkpoint)
    else:
        raise CheckpointError(f"{checkpoint} is neither a folder nor a file")
    if family and family != opened.family:
        raise CheckpointError(f"{checkpoint} is of family {opened.family}, not {family}")
    return opened


def _said(roles: dict[str, str]) -> str:
    return ", ".join(f"{name} as {role}" if name != role else name for name, role in roles.items())
