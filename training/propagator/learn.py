"""Training in closed loop: many rollouts side by side, a few steps at a time; goes on where it was interrupted."""

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from training.pace import follow, pace
from training.propagator.loss import Truth, identities, loss
from training.propagator.net import SLOTS, TOKENS, WIDTHS, Features, NanoPropagator
from training.propagator.rollout import Asked, Rollout, Trouble, fresh
from training.propagator.scenes import FRAMES, Scene, mirrored
from training.propagator.views import light

SAVE_EVERY, TELL_EVERY = 100, 20


class Recipe(msgspec.Struct, frozen=True):
    """How it is trained; a run that was interrupted goes on only with the same recipe."""

    steps: int = 17000
    scenes: int = 8  # at once
    unrolled: int = 4  # steps of a rollout between two steps of the optimiser
    rate: float = 1.5e-3
    decay: float = 0.02
    warm_steps: int = 200
    average: float = 0.998
    seed: int = 1


class Played:
    """A rollout, and the memories that were made in it."""

    def __init__(self, rollout: Rollout, number: int) -> None:
        self.rollout, self.memories = rollout, list[Tensor]()
        people = rollout.scene.people[rollout.who]
        self.people = torch.from_numpy(people.astype(np.int64)) + number * 1000

    def remembered(self, asked: Asked) -> Tensor:
        """K, SLOTS, TOKENS, 2 * width."""
        if not self.memories:
            return torch.zeros(len(asked.valid), SLOTS, TOKENS, 2 * WIDTHS[2])
        held = torch.stack(self.memories)
        return held[torch.from_numpy(asked.memories), torch.arange(held.shape[1])[:, None]]

    def let_go(self) -> None:
        """Nothing is learned about what was done before."""
        self.memories = [memory.detach() for memory in self.memories]


class Run:
    """What a checkpoint holds."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.step = recipe, 0
        self.net = NanoPropagator().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)

    def load(self, path: Path) -> None:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if msgspec.convert(held["recipe"], Recipe) != self.recipe:
            raise ValueError(f"{path} is of another recipe: name another folder, or delete it")
        self.net.load_state_dict(held["net"])
        self.average.load_state_dict(held["average"])
        self.optimizer.load_state_dict(held["optimizer"])
        self.step = held["step"]

    def save(self, path: Path) -> None:
        """Write it down, as a whole or not at all."""
        state = {
            "recipe": msgspec.to_builtins(self.recipe), "net": self.net.state_dict(), "step": self.step,
            "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict(),
        }  # fmt: skip
        new = path.with_suffix(".new")
        torch.save(state, new)
        new.replace(path)


def train(
    scenes: Sequence[Scene], recipe: Recipe, folder: Path, tell: Callable[[dict[str, float]], None]
) -> NanoPropagator:
    """Train to the end of the recipe; the averaged network."""
    folder.mkdir(parents=True, exist_ok=True)
    run, path = Run(recipe), folder / "checkpoint.pt"
    if path.exists():
        run.load(path)
    rng = np.random.default_rng([recipe.seed, run.step])
    played = [_begin(scenes, rng, number) for number in range(recipe.scenes)]
    run.net.train()
    started, began, lately = time.monotonic(), run.step, dict[str, float]()
    while run.step < recipe.steps:
        for group in run.optimizer.param_groups:
            group["lr"] = recipe.rate * pace(run.step, recipe.steps, recipe.warm_steps)
        parts = _unroll(run.net, played, recipe.unrolled)
        run.optimizer.zero_grad(set_to_none=True)
        total = torch.stack(list(parts.values())).sum()
        if torch.isfinite(total):
            total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
            run.optimizer.step()
        for place, each in enumerate(played):
            each.let_go()
            if each.rollout.frame + each.rollout.stride * recipe.unrolled >= FRAMES:
                played[place] = _begin(scenes, rng, place + (run.step + 1) * recipe.scenes)
        run.step += 1
        follow(run.average, run.net, min(recipe.average, (1 + run.step) / (10 + run.step)))
        for name, value in parts.items():
            lately[name] = 0.95 * lately.get(name, float(value.detach())) + 0.05 * float(value.detach())
        if run.step % TELL_EVERY == 0:
            seconds = (time.monotonic() - started) / (run.step - began)
            tell({"step": run.step, "loss": sum(lately.values()), **lately, "seconds_a_step": seconds})
        if run.step % SAVE_EVERY == 0 or run.step == recipe.steps:
            run.save(path)
    return run.average


def _begin(scenes: Sequence[Scene], rng: Generator, number: int) -> Played:
    scene = scenes[int(rng.integers(len(scenes)))]
    if rng.random() < 0.5:
        scene = mirrored(scene)
    return Played(fresh(scene, light(rng), rng, Trouble()), number)


def _unroll(net: NanoPropagator, played: Sequence[Played], steps: int) -> dict[str, Tensor]:
    """Some steps of all rollouts; what was wrong, on the average."""
    sums: dict[str, Tensor] = {}
    directions, people = [], []
    for _ in range(steps):
        asked = [each.rollout.ask() for each in played]
        features, found, truth = _answer(net, played, asked)
        for name, value in loss(found, truth).items():
            sums[name] = sums.get(name, torch.zeros(())) + value / steps
        views = net.identity(features.coarse.float(), truth.own)
        visible = (truth.own.sum((1, 2)) > 100) & truth.counts
        directions.append(views[visible])
        people.append(torch.cat([each.people for each in played])[visible])
    sums["apart"] = identities(torch.cat(directions), torch.cat(people))
    return sums


def _answer(net: NanoPropagator, played: Sequence[Played], asked: Sequence[Asked]) -> tuple[Features, "Any", Truth]:
    """One step of the net over everybody, told to the rollouts."""
    luma, chroma, own, rivals = _together([each.views for each in asked])
    hints, _, valid, times, body, visible, started = _together([each[1:] for each in asked])
    bank = torch.cat([each.remembered(a) for each, a in zip(played, asked, strict=True)])
    with torch.autocast("cpu", torch.bfloat16):
        features = net.encode(luma, chroma)
        raw = net.head(features, hints, bank, valid, times.long())
        found = type(raw)(*(part.float() for part in raw))
        memories = net.memorize(features.coarse, found.mask.detach()).float()
    at = 0
    for each, a in zip(played, asked, strict=True):
        rows = slice(at, at + len(a.valid))
        at += len(a.valid)
        each.memories.append(memories[rows])
        said = (part[rows].detach() for part in (found.mask, found.iou.sigmoid(), found.object_logit, found.body))
        each.rollout.told(*(part.numpy() for part in said), a.views.own)
    return features, found, Truth(own, rivals, body.float(), visible, started)


def _together(parts: Sequence[Any]) -> list[Tensor]:
    """The same arrays of several scenes, one after another."""
    return [torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*parts, strict=True)]
