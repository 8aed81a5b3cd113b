"""Training of the nano detector: AdamW, cosine with warm-up, averaged weights; goes on where it was interrupted."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from stream_engine.engines.manifests import regular
from stream_engine.models.detectors.nano import STRIDE
from training.detector.frames import FrameSet
from training.detector.loss import Targets, loss, targets
from training.detector.net import NanoDetector
from training.detector.pieces import Piece, Pieces
from training.pace import follow, pace

SAVE_EVERY = 200
TELL_EVERY = 20
MOMENTS = ("exp_avg", "exp_avg_sq")  # that AdamW keeps of every weight


class Recipe(msgspec.Struct, frozen=True):
    """How it is trained; a run that was interrupted goes on only with the same recipe."""

    steps: int = 6000
    batch: int = 12
    whole_share: float = 0.5  # of the steps, at the end, in which every other one sees whole frames
    whole_batch: int = 6  # about as many pixels as a batch of pieces
    rate: float = 2e-3
    decay: float = 0.02
    warm_steps: int = 200
    average: float = 0.998
    seed: int = 1
    widths: tuple[int, ...] = (24, 48, 96, 128)
    depths: tuple[int, ...] = (1, 2, 2, 1)
    neck: int = 32
    start: str = ""  # sha256 of the file whose weights it begins with
    still_norms: bool = False  # batch normalisation keeps the statistics that it has


@dataclass(slots=True)
class Run:
    """What a checkpoint holds."""

    net: NanoDetector
    average: NanoDetector
    optimizer: torch.optim.Optimizer
    step: int

    def save(self, path: Path, recipe: Recipe) -> None:
        """Write it down, as a whole or not at all."""
        state = {
            "recipe": msgspec.to_builtins(recipe), "net": self.net.state_dict(), "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step,
        }  # fmt: skip
        fresh = path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(path)


DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def begin(recipe: Recipe, path: Path, net: NanoDetector | None = None) -> Run:
    """A new run, of this network or one that knows nothing; or the run that was interrupted."""
    torch.manual_seed(recipe.seed)
    net = net or NanoDetector(recipe.widths, recipe.depths, recipe.neck)
    net = net.to(DEVICE, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    run = Run(net, copy.deepcopy(net), optimizer, 0)
    if path.exists():
        _go_on(run, _held(path), recipe, path)
    return run


class Held(msgspec.Struct, frozen=True):
    """What a file of a checkpoint says."""

    recipe: Recipe
    net: dict[str, Any]
    average: dict[str, Any]
    optimizer: dict[str, Any]
    step: Annotated[int, msgspec.Meta(ge=0)]


def _held(path: Path) -> Held:
    try:
        return msgspec.convert(torch.load(regular(path), map_location=DEVICE, weights_only=True), Held)
    except OSError:
        raise
    except Exception as error:  # what torch makes of a broken file is anybody's guess
        raise ValueError(_broken(path, error)) from None


def _go_on(run: Run, held: Held, recipe: Recipe, path: Path) -> None:
    """Where the checkpoint ends."""
    if held.recipe != recipe:
        raise ValueError(f"{path} is of another recipe: name another folder, or delete it")
    try:
        _restore(run, held)
    except RuntimeError:
        raise ValueError(f"{path} is of another network: name another folder, or delete it") from None
    except Exception as error:  # the same
        raise ValueError(_broken(path, error)) from None


def _restore(run: Run, held: Held) -> None:
    run.net.load_state_dict(held.net)
    run.average.load_state_dict(held.average)
    run.optimizer.load_state_dict({**run.optimizer.state_dict(), "state": held.optimizer["state"]})
    for weights, kept in run.optimizer.state.items():
        if set(kept) != {"step", *MOMENTS} or any(kept[name].shape != weights.shape for name in MOMENTS):
            raise ValueError("its optimiser is of other weights")
    run.step = held.step


def _broken(path: Path, error: Exception) -> str:
    return f"{path} is broken ({type(error).__name__}): name another folder, or delete it"


def train(
    frames: FrameSet, recipe: Recipe, folder: Path, tell: Callable[[dict[str, float]], None],
    net: NanoDetector | None = None,
) -> NanoDetector:  # fmt: skip
    """Train to the end of the recipe, from this network if there is one; the averaged network."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "checkpoint.pt"
    run = begin(recipe, path, net)
    pieces = Pieces(frames, np.random.default_rng([recipe.seed, run.step]))
    _ready(run.net, recipe)
    started, began = time.monotonic(), run.step
    while run.step < recipe.steps:
        if run.step >= recipe.steps * (1 - recipe.whole_share) and run.step % 2:
            drawn = [pieces.whole() for _ in range(recipe.whole_batch)]
        else:
            drawn = [pieces.draw() for _ in range(recipe.batch)]
        luma, chroma, wanted = batch_of(drawn)
        for group in run.optimizer.param_groups:
            group["lr"] = recipe.rate * pace(run.step, recipe.steps, recipe.warm_steps)
        with torch.autocast(DEVICE.type, torch.bfloat16):
            output = run.net(luma, chroma)
        total, parts = loss(output.float(), wanted)
        run.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(run.net.parameters(), 10.0)
        run.optimizer.step()
        run.step += 1
        follow(run.average, run.net, min(recipe.average, (1 + run.step) / (10 + run.step)))
        if run.step % TELL_EVERY == 0:
            seconds = (time.monotonic() - started) / (run.step - began)
            tell({"step": run.step, "loss": float(total.detach()), **parts, "seconds_a_step": seconds})
        if run.step % SAVE_EVERY == 0 or run.step == recipe.steps:
            run.save(path, recipe)
    return run.average.cpu()


def _ready(net: NanoDetector, recipe: Recipe) -> None:
    """Set to be trained."""
    net.train()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d) and recipe.still_norms:
            module.eval()


def batch_of(pieces: list[Piece]) -> tuple[Tensor, Tensor, Targets]:
    """Tensors of some pieces and what is wanted of them."""
    luma = torch.from_numpy(np.stack([piece.luma for piece in pieces])[:, None])
    chroma = torch.from_numpy(np.stack([piece.chroma for piece in pieces]))
    rows, columns = luma.shape[2] // STRIDE, luma.shape[3] // STRIDE
    maps = [targets(piece.objects, rows, columns) for piece in pieces]
    wanted = Targets(*(torch.from_numpy(np.stack(parts)).to(DEVICE) for parts in zip(*maps, strict=True)))
    return luma.to(DEVICE), chroma.to(DEVICE), wanted
