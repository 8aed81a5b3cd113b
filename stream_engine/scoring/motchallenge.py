"""Folders in the format of MOTChallenge: ground truth and results as text, scored as MOT17 is.

Ground truth that has classes is prepared as the benchmark does it: results that lie on a person on a vehicle, a
static person, a distractor or a reflection are taken away, then only pedestrians whose mark is not 0 count. Ground
truth without classes (-1 everywhere, as in MOT15 and SoccerNet) is taken as it is, less the lines marked 0.
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream_engine.boxes import Floats, overlap
from stream_engine.scoring import ScoreError
from stream_engine.scoring.boxes import pairs_from
from stream_engine.scoring.mot import Tracking, pool, tracking
from stream_engine.scoring.sequence import Sequence, Step, sequence_of

PEDESTRIAN = 1
DISTRACTORS = (2, 7, 8, 12)  # person on a vehicle, static person, distractor, reflection
CLASSES = range(1, 14)
MOST_FRAMES = 1_000_000  # nine hours at 30 frames/s
NO_CLASS = -1
GT_COLUMNS, RESULT_COLUMNS = 8, 6
LARGEST_ID = 2**53  # beyond it a number in the file is no longer exact

Rows = dict[int, Floats]  # of each frame, in the order of the file: id, box, mark, class


@dataclass(frozen=True, slots=True)
class Listing:
    """One file, by frame."""

    path: Path
    rows: Rows

    def of(self, frame: int) -> Floats:
        return self.rows.get(frame, np.zeros((0, 7)))


def score_folders(gt_dir: Path, result_dir: Path) -> tuple[dict[str, Tracking], Tracking]:
    """Every sequence of the ground truth, and all of them pooled."""
    truths = find_sequences(gt_dir)
    results = find_results(result_dir, list(truths))
    each = {name: tracking(load_sequence(truths[name], results[name])) for name in truths}
    return each, pool(list(each.values()))


def find_sequences(gt_dir: Path) -> dict[str, Path]:
    """The sequences' folders by name; a folder with gt/gt.txt in it is one sequence itself."""
    if (gt_dir / "gt/gt.txt").is_file():
        return {gt_dir.resolve().name: gt_dir}
    found = {path.parent.parent.name: path.parent.parent for path in sorted(gt_dir.glob("*/gt/gt.txt"))}
    if not found:
        raise ScoreError(f"{gt_dir}: there is no <sequence>/gt/gt.txt in it; name the folder that holds the sequences")
    return found


def find_results(result_dir: Path, names: list[str]) -> dict[str, Path]:
    """The file of each sequence, directly in the folder or in its `data`."""
    places = (result_dir, result_dir / "data")
    found: dict[str, Path] = {}
    for name in names:
        for path in (place / f"{name}.txt" for place in places):
            if path.is_file():
                found.setdefault(name, path)
    missing = [name for name in names if name not in found]
    if missing:
        raise ScoreError(
            f"{result_dir}: no results for {', '.join(missing)}; put {missing[0]}.txt there, empty if nothing was found"
        )
    return found


def load_sequence(gt_folder: Path, result_path: Path) -> Sequence:
    """Ground truth and results of one sequence, ready to be measured."""
    truth, frames = read_truth(gt_folder)
    return compared(truth, read_table(result_path, RESULT_COLUMNS, frames), frames)


def read_truth(gt_folder: Path) -> tuple[Listing, int]:
    """The ground truth of one sequence, and how many frames it has."""
    length = _length_from_ini(gt_folder / "seqinfo.ini")
    truth = read_table(gt_folder / "gt/gt.txt", GT_COLUMNS, length)
    frames = length if length is not None else max(truth.rows, default=0)
    if not 0 <= frames <= MOST_FRAMES:
        raise ScoreError(f"{gt_folder}: {frames} frames; seqinfo.ini or gt.txt is wrong, {MOST_FRAMES} are the most")
    return truth, frames


def compared(truth: Listing, results: Listing, frames: int) -> Sequence:
    """Results beside the ground truth, ready to be measured."""
    classed = any((rows[:, 6] != NO_CLASS).any() for rows in truth.rows.values())
    if classed:
        _check_classes(truth, CLASSES, "gt classes are 1 to 13, or -1 throughout where there are none")
    _check_classes(results, range(-(2**31), PEDESTRIAN + 1), "only pedestrians (1, or -1) are scored")
    return sequence_of(_prepared(truth.of(frame), results.of(frame), classed) for frame in range(1, frames + 1))


def _prepared(truth: Floats, results: Floats, classed: bool) -> Step:
    similarity = overlap(_corners(truth), _corners(results))
    counts, stays = truth[:, 5] != 0, np.ones(len(results), bool)
    if classed:
        rows, columns = pairs_from(similarity)
        stays[columns[np.isin(truth[rows, 6], DISTRACTORS)]] = False
        counts &= truth[:, 6] == PEDESTRIAN
    ids, tracks = truth[counts, 0].astype(np.int64), results[stays, 0].astype(np.int64)
    return Step(ids, tracks, similarity[np.ix_(counts, stays)])


def _corners(rows: Floats) -> Floats:
    return np.hstack([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]])


def _check_classes(table: Listing, known: range, hint: str) -> None:
    for frame, rows in table.rows.items():
        if strange := {kind for kind in rows[:, 6].astype(int).tolist() if kind not in known}:
            raise ScoreError(f"{table.path}: class {min(strange)} in frame {frame}; {hint}")


def _length_from_ini(path: Path) -> int | None:
    if not path.is_file():
        return None
    ini = configparser.ConfigParser()
    try:
        ini.read(path, encoding="utf-8")
        return ini.getint("Sequence", "seqLength")
    except (configparser.Error, UnicodeDecodeError, ValueError) as error:
        raise ScoreError(
            f"{path}: no seqLength in [Sequence] ({_first_line(error)}); write seqLength=<frames> there"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


# --- one file -----------------------------------------------------------------------------------


def plain_text(path: Path) -> str:
    """The whole of a file; OSError for what is none: a pipe would be waited for."""
    if path.exists() and not path.is_file():
        raise OSError("it is no plain file")
    return path.read_text(encoding="utf-8-sig")


def read_table(path: Path, columns: int, frames: int | None) -> Listing:
    """The lines of a file by frame; `frames` is where the sequence ends, if that is known."""
    rows: dict[int, dict[int, list[float]]] = {}
    try:
        text = plain_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        frame, values = _parse(line, columns, f"{path}:{number}")
        _check_frame(frame, frames, f"{path}:{number}")
        present = rows.setdefault(frame, {})
        if values[0] in present:
            raise ScoreError(f"{path}:{number}: id {int(values[0])} is in frame {frame} twice; an id is one object")
        present[int(values[0])] = values
    return Listing(path, _arrays(rows))


def _arrays(rows: Mapping[int, Mapping[int, list[float]]]) -> Rows:
    return {frame: np.array(list(present.values()), np.float64) for frame, present in rows.items()}


def _check_frame(frame: int, frames: int | None, where: str) -> None:
    if frame < 1:
        raise ScoreError(f"{where}: frame {frame}; frames count from 1")
    if frames is not None and frame > frames:
        raise ScoreError(f"{where}: frame {frame}, but the sequence has {frames}; is this file of another sequence?")


def _parse(line: str, columns: int, where: str) -> tuple[int, list[float]]:
    """Frame, and: id, left, top, width, height, mark, class (without them 1, and -1)."""
    words = line.replace(",", " ").split()
    form = "frame,id,left,top,width,height,mark,class"
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise ScoreError(f"{where}: {error}; a line is {form}") from None
    if len(values) < columns:
        raise ScoreError(f"{where}: {len(values)} columns where at least {columns} are needed; a line is {form}")
    frame, who, *rest = values[:8]
    if not np.isfinite(values[:8]).all() or max(abs(frame), abs(who)) > LARGEST_ID:
        raise ScoreError(f"{where}: a number that is not finite or too large; a line is {form}")
    rest += [1.0, float(NO_CLASS)][len(rest) - 4 :] if len(rest) < 6 else []
    return int(frame), [float(int(who)), *rest]
