"""Training of the ReID network; goes on where it was interrupted."""

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from training.pace import follow, pace
from training.reid.batches import Batches
from training.reid.crops import Crops
from training.reid.loss import Known, loss
from training.reid.net import SIZE, WIDTHS, NanoReidNet, Told

SAVE_EVERY, TELL_EVERY = 100, 20


class Recipe(msgspec.Struct, frozen=True):
    """How it is trained; a run that was interrupted goes on only with the same recipe."""

    steps: int = 12000
    matches: int = 2  # in a batch
    mates: int = 10  # of one kit of each
    others: int = 3  # of the same match
    views: int = 4  # of each of them
    apart: float = 1.0  # weights of what can be wrong
    whole: float = 0.5
    who: float = 1.0
    parts: float = 0.5
    visible: float = 0.5
    role: float = 0.3
    rate: float = 2e-3
    decay: float = 0.02
    warm_steps: int = 300
    average: float = 0.998
    seed: int = 1
    widths: tuple[int, ...] = WIDTHS


class Run:
    """What a checkpoint holds."""

    def __init__(self, recipe: Recipe, matches: int) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.step = recipe, 0
        self.net = NanoReidNet(recipe.widths).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net)
        self.known = Known(matches, SIZE)
        groups = [
            {"params": list(self.net.parameters())},
            {"params": list(self.known.parameters()), "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=recipe.decay)

    def load(self, path: Path) -> None:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if msgspec.convert(held["recipe"], Recipe) != self.recipe:
            raise ValueError(f"{path} is of another recipe: name another folder, or delete it")
        if held["known"]["views"].shape != self.known.views.shape:
            raise ValueError(f"{path} is of another number of matches: name another folder, or delete it")
        for name in ("net", "average", "known", "optimizer"):
            getattr(self, name).load_state_dict(held[name])
        self.step = held["step"]

    def save(self, path: Path) -> None:
        """Write it down, as a whole or not at all."""
        parts = ("net", "average", "known", "optimizer")
        state = {name: getattr(self, name).state_dict() for name in parts}
        new = path.with_suffix(".new")
        torch.save({**state, "recipe": msgspec.to_builtins(self.recipe), "step": self.step}, new)
        new.replace(path)


def train(held: Sequence[Crops], recipe: Recipe, folder: Path, tell: Callable[[dict[str, float]], None]) -> NanoReidNet:
    """Train to the end of the recipe; the averaged network."""
    folder.mkdir(parents=True, exist_ok=True)
    run, path = Run(recipe, len(held)), folder / "checkpoint.pt"
    if path.exists():
        run.load(path)
    shares = recipe.mates, recipe.others, recipe.views
    batches = Batches(held, shares, np.random.default_rng([recipe.seed, run.step]))
    run.net.train()
    started, began, lately = time.monotonic(), run.step, dict[str, float]()
    while run.step < recipe.steps:
        for group in run.optimizer.param_groups:
            group["lr"] = recipe.rate * pace(run.step, recipe.steps, recipe.warm_steps)
        for name, value in _learn(run, batches).items():
            lately[name] = 0.95 * lately.get(name, value) + 0.05 * value
        run.step += 1
        follow(run.average, run.net, min(recipe.average, (1 + run.step) / (10 + run.step)))
        if run.step % TELL_EVERY == 0:
            seconds = (time.monotonic() - started) / (run.step - began)
            tell({"step": run.step, "loss": sum(lately.values()), **lately, "seconds_a_step": seconds})
        if run.step % SAVE_EVERY == 0 or run.step == recipe.steps:
            run.save(path)
    return run.average


def _learn(run: Run, batches: Batches) -> dict[str, float]:
    """One step; what was wrong."""
    recipe, batch = run.recipe, batches.draw(run.recipe.matches)
    with torch.autocast("cpu", torch.bfloat16):
        raw = run.net(batch.luma, batch.chroma, batch.mask)
    wrong = loss(Told(*(part.float() for part in raw)), run.known, batch)
    run.optimizer.zero_grad(set_to_none=True)
    total = torch.stack([getattr(recipe, name) * value for name, value in wrong.items()]).sum()
    if torch.isfinite(total):
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
        run.optimizer.step()
    return {name: float(value.detach()) for name, value in wrong.items()}
