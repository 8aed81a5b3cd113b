"""The command line: `stream-engine`."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from stream_engine import __version__, log
from stream_engine.annotate import AnnotateError
from stream_engine.config import Config, ConfigError, load_config
from stream_engine.console import PLAIN, Json, console, fail, mark, report, say, show_figures
from stream_engine.correcting import correct as put_right
from stream_engine.engines import EngineError
from stream_engine.engines.command import app as engines_app
from stream_engine.feeds import FeedError
from stream_engine.ledger import UntoldError
from stream_engine.listen import ListenError
from stream_engine.outputs import OutputError
from stream_engine.prompting import Said, point
from stream_engine.ring import RingError
from stream_engine.runtime import Places, RuntimeDirError
from stream_engine.scoring import ScoreError
from stream_engine.telling import TellingError

__all__ = ["PLAIN", "app", "fail", "main"]  # the tools beside the package complain as it does

app = typer.Typer(
    help="Live broadcast football in, one timed event per frame out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
bench_app = typer.Typer(help="Measure the service on this machine.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")
app.add_typer(engines_app, name="engines")

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file; see configs/ for commented examples")]
KNOWN = (
    ConfigError,
    RingError,
    RuntimeDirError,
    OutputError,
    FeedError,
    ListenError,
    AnnotateError,
    ScoreError,
    EngineError,
    UntoldError,
    TellingError,
)


def main() -> None:
    """Run a command; what a person can mend is one line, not a traceback."""
    try:
        app()
    except KNOWN as error:
        fail(str(error))


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"stream-engine {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it")] = False,
) -> None: ...


@app.command()
def run(
    config: ConfigFile,
    new_match: Annotated[
        bool, typer.Option("--new-match", help="Forget who was who: delete what workers kept")
    ] = False,
) -> None:
    """Run the service until it is told to stop (SIGTERM, Ctrl-C) or every file has ended."""
    from stream_engine.service import serve

    settings = load_config(config)
    log.set_up(settings.log_level, "supervisor")
    _warn_if_unheard(settings)
    serve(settings, new_match=new_match)


def _warn_if_unheard(settings: Config) -> None:
    if not settings.outputs.zmq and not settings.outputs.jsonl:
        logging.getLogger("stream_engine").warning("no output is configured: nobody will see the events")


@app.command()
def check(config: ConfigFile, as_json: Json = False) -> None:
    """Check a configuration and what it needs on this machine, without starting anything."""
    from stream_engine.doctor import examine, examine_config

    settings = load_config(config)
    places = Places.of(settings)
    findings = examine_config(settings) + [finding for finding in examine(settings) if finding.matters]
    _show(findings)
    ok = all(not finding.matters for finding in findings)
    verdict = "can run here" if ok else "cannot run here as it is"
    say(f"{config} {verdict}; sockets go to {places.runtime}, rings to {places.rings.parent}")
    if as_json:
        report({"ok": ok, "streams": [s.name for s in settings.streams], "findings": findings})
    raise typer.Exit(0 if ok else 1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what this machine has: packages, protocols, decoders, CPU and GPU, shared memory, ports."""
    from stream_engine.doctor import examine

    findings = examine()
    _show(findings)
    ok = all(not finding.matters for finding in findings)
    if as_json:
        report({"ok": ok, "findings": findings})
    raise typer.Exit(0 if ok else 1)


def _show(findings: list[Any]) -> None:
    for finding in findings:
        word, style = (
            ("ok     ", "green") if finding.ok else ("missing", "red") if finding.needed else ("note   ", "yellow")
        )
        hint = f" → {finding.do}" if finding.do and not finding.ok else ""
        mark(word, style, f"{finding.what}: {finding.found}{hint}")


@app.command()
def watch(
    endpoint: Annotated[str, typer.Argument(help="Where the service publishes")] = "tcp://127.0.0.1:5577",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so long")] = None,
    as_json: Json = False,
) -> None:
    """Show a live table of the streams: frames per second, age, gaps by cause, restarts."""
    from stream_engine.watch import watch as show

    rows = show(endpoint, seconds, console)
    if not rows:
        say(f"nothing was heard on {endpoint}: is a service running that publishes there?")
    if as_json:
        report(rows)
    raise typer.Exit(0 if rows else 1)


@app.command()
def prompt(
    config: ConfigFile,
    *,
    stream: Annotated[str, typer.Option(help="In which stream")],
    name: Annotated[str, typer.Option(help="What the object is to be called")],
    role: Annotated[str, typer.Option(help="player, goalkeeper, referee or other")] = "player",
    box: Annotated[str | None, typer.Option(metavar="L,T,R,B", help="The box around it, in pixels")] = None,
    points: Annotated[list[str] | None, typer.Option("--point", metavar="X,Y", help="On it; may be repeated")] = None,
    beside: Annotated[list[str] | None, typer.Option("--not", metavar="X,Y", help="Not it; may be repeated")] = None,
    mask: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Its mask, as events have them")] = None,
) -> None:
    """Point at an object in the next frame of a running service: it is followed from there, under a name."""
    worker = point(load_config(config), Said(stream, name, role, box, points or (), beside or (), mask))
    say(f"{worker} was told of {name!r}, for the next frame of {stream}; what it refuses, its log and the status say")


@app.command(context_settings={"ignore_unknown_options": True})  # a name may begin with a dash
def correct(
    config: ConfigFile,
    stream: Annotated[str, typer.Argument(metavar="STREAM", help="In which stream")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="swap ID ID, merge ID ID, split ID, or name ID NAME")],
    words: Annotated[list[str] | None, typer.Argument(metavar="WORDS", help="What belongs to it")] = None,
) -> None:
    """Put identities right in a running service, from the next frame on."""
    worker = put_right(load_config(config), stream, what, words or ())
    told = f"{worker} was told to {what} {' '.join(words or ())}, from the next frame of {stream} on"
    say(f"{told}; events tell of it, or the log says why it cannot be")


@app.command()
def score(
    *,
    events: Annotated[str | None, typer.Option(help="File of JSON lines, or endpoint to listen to")] = None,
    truth: Annotated[Path | None, typer.Option(help="Folder of the match: match.json, truth.jsonl, video.mp4")] = None,
    stream: Annotated[str | None, typer.Option(help="Which stream, if there are several")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long to listen (else: all the match)")] = None,
    report_dir: Annotated[Path | None, typer.Option("--report", help="Write plots and the worst moments here")] = None,
    mot: Annotated[tuple[Path, Path] | None, typer.Option(help="MOTChallenge: GT_DIR RESULT_DIR")] = None,
    as_json: Json = False,
) -> None:
    """Score events against the truth of a match, or tracking results in MOTChallenge's format."""
    from stream_engine.scoring.command import Request, run_score

    figures = run_score(Request(events, truth, stream, seconds, report_dir, mot), console)
    if as_json:
        report(figures)


@app.command()
def track(
    *,
    mot: Annotated[Path, typer.Option(help="MOTChallenge's folder of sequences, or one sequence")],
    out: Annotated[Path, typer.Option(help="Folder for <sequence>.txt")],
    source: Annotated[Literal["det", "gt"], typer.Option("--input", help="Boxes of det.txt, or of gt.txt")] = "det",
    score: Annotated[bool, typer.Option("--score", help="Measure the result where there is truth")] = False,
    as_json: Json = False,
) -> None:
    """Say who is who in boxes that others found: public benchmarks, without pictures."""
    from stream_engine.mot.command import run_track

    figures = run_track(mot, out, source, score, console)
    if as_json:
        report(figures)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the published events."""
    from stream_engine.schema import schema_text

    sys.stdout.write(schema_text())


@app.command()
def demo(
    streams: Annotated[int, typer.Option(min=1, max=16, help="How many feeds")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so long")] = None,
    rtsp: Annotated[bool, typer.Option("--rtsp", help="RTSP instead of SRT (needs GStreamer's server)")] = False,
    as_json: Json = False,
) -> None:
    """Play the built-in match as live SRT feeds, run the service on them, and show the figures."""
    from stream_engine.demo.run import DemoError, run_demo

    log.set_up("warning", "supervisor")
    try:
        rows = run_demo(console, streams, seconds, rtsp)
    except DemoError as error:
        fail(str(error))
    if as_json:
        report(rows)


@app.command()
def annotate(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The video to write")],
    *,
    events: Annotated[Path, typer.Option(help="Events as JSON lines, as the service writes them")],
    video: Annotated[Path, typer.Option(help="The video that the events are of")],
    stream: Annotated[str | None, typer.Option(help="Which stream of the events, if there are several")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT.mp4")] = False,
    as_json: Json = False,
) -> None:
    """Draw the events of a video into it: masks, boxes, tracks, teams, and the frames that have no event."""
    from stream_engine.annotate import annotate as draw_into

    done = draw_into(events, video, out, console=console, stream=stream, force=force)
    say(f"{out}: {done.summary()}")
    if as_json:
        report(done)


@bench_app.command("spine")
def bench_spine(
    rounds: Annotated[int, typer.Option(min=1, help="Pairs of runs")] = 5,
    as_json: Json = False,
) -> None:
    """Frames per second through the whole chain of empty stages, beside PyAV decoding alone."""
    from stream_engine.bench.spine import bench_spine as bench

    figures = bench(console.print, rounds)
    show_figures(figures)
    if as_json:
        report(figures)


@bench_app.command("detect")
def bench_detect(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of everything; medians are told")] = 3,
    net: Annotated[str, typer.Option(help="A detector of the nano family")] = "nano-detector",
    as_json: Json = False,
) -> None:
    """Milliseconds to detect in a 1080p frame, and frames per core beside the loop that one writes first."""
    from stream_engine.bench.detect import bench_detect as bench

    figures = bench(console.print, rounds, net)
    show_figures(figures)
    if as_json:
        report(figures)


@bench_app.command("propagate")
def bench_propagate(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of everything; medians are told")] = 3,
    net: Annotated[str, typer.Option(help="A propagator")] = "nano-propagator",
    library: Annotated[
        bool, typer.Option(help="SAM 2.1 beside its library too: minutes, and what exporting needs")
    ] = True,
    keep: Annotated[Path | None, typer.Option(help="Folder where what is exported for that is kept")] = None,
    as_json: Json = False,
) -> None:
    """Milliseconds to follow 1 to 44 objects in a frame, and SAM 2.1's frames per second beside transformers'."""
    from stream_engine.bench.propagate import bench_propagate as bench

    figures = bench(console.print, rounds, net, library, keep)
    show_figures(figures)
    if as_json:
        report(figures)


@bench_app.command("associate")
def bench_associate(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of everything; medians are told")] = 5,
    frames: Annotated[int, typer.Option(min=2, help="Length of the scene")] = 500,
    peers: Annotated[bool, typer.Option(help="Other trackers on the same boxes, as far as they are installed")] = True,
    mot: Annotated[Path | None, typer.Option(help="MOTChallenge's folder instead of the scene; needs truth")] = None,
    source: Annotated[Literal["det", "gt"], typer.Option("--input", help="With --mot: of det.txt, or gt.txt")] = "det",
    camera: Annotated[bool, typer.Option("--camera", help="With --mot: tell the movements of camera.txt")] = False,
    tracker: Annotated[list[str] | None, typer.Option(help="With --mot: only these; may be repeated")] = None,
    as_json: Json = False,
) -> None:
    """Frames per second on a core of saying who is who, and how well, beside other trackers."""
    from stream_engine.bench.associate import bench_associate as bench
    from stream_engine.bench.associate import bench_folder

    if mot:
        figures = bench_folder(console, mot, source, peers, tracker, camera=camera)
    else:
        figures = bench(console, rounds, frames, peers)
    if as_json:
        report(figures)


@bench_app.command("tag")
def bench_tag(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of everything; the one in the middle is told")] = 5,
    frames: Annotated[int, typer.Option(min=2, help="Length of the scene")] = 620,
    net: Annotated[str, typer.Option(help="What tells kits apart: a model of task tag, or colours")] = "colours",
    as_json: Json = False,
) -> None:
    """Milliseconds to tell the teams of 25 people in a 1080p frame, and shirts at once beside one by one."""
    from stream_engine.bench.tag import bench_tag as bench

    figures = bench(console.print, rounds, frames, net)
    show_figures(figures)
    if as_json:
        report(figures)


@bench_app.command("live")
def bench_live(
    streams: Annotated[int, typer.Option(min=1, max=16, help="Feeds at once, of one lane")] = 2,
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure, once all of them flow")] = 60.0,
    nets: Annotated[
        Literal["builtin", "none"], typer.Option(help="`builtin`: the match and all stages; `none`: the spine alone")
    ] = "builtin",
    priorities: Annotated[str, typer.Option(help="Of the streams in turn, e.g. 9,1; 0 to 9, higher matters more")] = "",
    as_json: Json = False,
) -> None:
    """Age of events, missing frames and what is left out for whom, on live 1080p30 SRT feeds."""
    from stream_engine.bench.live import bench_live as bench

    said = [part.strip() for part in priorities.split(",") if part.strip()]
    if not all(part in "0123456789" for part in said) or len(said) > streams:
        raise typer.BadParameter(
            f"{priorities!r}: one number from 0 to 9 for each stream, e.g. 9,1", param_hint="--priorities"
        )
    figures = bench(console.print, streams, seconds, nets, [int(part) for part in said])
    show_figures(figures)
    if as_json:
        report(figures)
