"""The training loop: adapter and heads, several tasks, one seed, resumable after a kill."""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipeline.embed import (
    PAIR_HEADS,
    PAIR_WIDTH,
    VECTOR_HEADS,
    WINDOW,
    Passage,
    load_heads,
    load_network,
)
from pipeline.errors import PipelineError
from pipeline.models import base_folder, file_sha256, load_info
from pipeline.packed import keep_memory
from pipeline.train.recipe import Recipe
from pipeline.train.tasks import Task
from pipeline.update import ADAPTER_SCALE, Factors, load_changes, load_factors

Notify = Callable[[str], None]

CONTEXT_BEFORE, CONTEXT_AFTER = 64, 32
"""Wordpieces of context a training sentence is read with, at most."""


class LowRank(nn.Module):
    """A frozen linear layer with a learned update of low rank beside it.

    ``x @ (weight + scale * up @ down).T + bias`` (Hu et al. 2022, sec. 4.1).
    """

    def __init__(self, linear: nn.Linear, rank: int):
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Output of the updated layer."""
        update = nn.functional.linear(nn.functional.linear(states, self.down), self.up)
        return self.linear(states) + ADAPTER_SCALE * update  # type: ignore[no-any-return]


class Learner(nn.Module):
    """Base encoder whose target layers learn, and linear heads on mean sentence states.

    The target layers learn a low-rank update beside frozen weights or, with ``recipe.full``, all
    of their weights; the model folder keeps an approximation of it (:mod:`pipeline.update`).

    Args:
        recipe: base encoder, adapter rank and target layers.
        heads: output size of each head.
    """

    def __init__(self, recipe: Recipe, heads: dict[str, int]):
        super().__init__()
        self.base = base_folder(recipe.base)
        self.tokenizer, self.encoder = load_network(recipe.base, "", None)
        self.encoder.requires_grad_(False)
        self.encoder.set_attn_implementation("eager")  # a quarter faster than sdpa backwards
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0  # costs two thirds of a step on a CPU; the low rank regularises
        self.encoder.config.attention_probs_dropout_prob = 0.0
        self.adapters: dict[str, LowRank] = {}
        self.tuned: dict[str, tuple[nn.Linear, torch.Tensor]] = {}
        for name, module in list(self.encoder.named_modules()):
            depth = layer_number(name)
            if not isinstance(module, nn.Linear) or depth is None:
                continue
            parent, _, own = name.rpartition(".")
            if own not in recipe.targets or depth < recipe.first_layer:
                continue
            if recipe.full:
                self.tuned[name] = (module, module.weight.detach().clone())
                module.weight.requires_grad_(True)
            else:
                self.adapters[name] = LowRank(module, recipe.rank)
                setattr(self.encoder.get_submodule(parent), own, self.adapters[name])
        if not self.adapters and not self.tuned:
            raise PipelineError(
                f"recipe {recipe.name}: none of the targets {', '.join(recipe.targets)} is a "
                f"linear layer of {recipe.base}"
            )
        size = int(self.encoder.config.hidden_size)
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(size * (PAIR_WIDTH if name in PAIR_HEADS else 1), width)
                for name, width in heads.items()
            }
        )
        for name in set(VECTOR_HEADS) & set(heads):
            nn.init.eye_(self.heads[name].weight)  # type: ignore[arg-type]
            nn.init.zeros_(self.heads[name].bias)  # type: ignore[arg-type]
        if recipe.start:
            self._start_from(recipe)
        self.dropout = nn.Dropout(0.1)

    @torch.no_grad()
    def _start_from(self, recipe: Recipe) -> None:
        """Takes over the update and the heads of a trained model of the same base; heads that no
        task of the recipe teaches stay as they are.
        """
        folder, info = load_info(recipe.start, task=recipe.task)
        found = file_sha256(self.base / "model.safetensors")
        if found != info.base_sha256:
            raise PipelineError(
                f"recipe {recipe.name}: start {recipe.start} was trained on {info.base} "
                f"({info.base_sha256[:12]}), this recipe's base is {recipe.base} ({found[:12]})"
            )
        factors = {} if recipe.full else load_factors(folder)
        for name, change in load_changes(folder):
            down, up = factors.get(name, (None, None))
            if name in self.tuned:
                self.tuned[name][0].weight += change
            elif (
                name in self.adapters
                and down is not None
                and up is not None
                and (self.adapters[name].down.shape == down.shape)
            ):
                self.adapters[name].down.copy_(down)
                self.adapters[name].up.copy_(up / ADAPTER_SCALE)
            else:
                kept = "by bits" if down is None else f"by rank {len(down)}"
                raise PipelineError(
                    f"recipe {recipe.name}: start {recipe.start} keeps its update of {name} "
                    f"{kept}; name it in targets, from first_layer = 0, with that rank or with "
                    "full = true"
                )
        weights = load_heads(folder, torch.device("cpu"))
        for name in info.heads:
            weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
            if name not in self.heads:
                self.heads[name] = nn.Linear(weight.shape[1], weight.shape[0])
                self.heads[name].requires_grad_(False)
            own = {"weight": weight, "bias": bias}
            if any(own[part].shape != p.shape for part, p in self.heads[name].named_parameters()):
                raise PipelineError(
                    f"recipe {recipe.name}: head {name} of start {recipe.start} is "
                    f"{tuple(weight.shape)}, which is not what this recipe's tasks read; train "
                    "without start"
                )
            self.heads[name].load_state_dict(own)

    def tokens(
        self, passage: Passage, context: tuple[int, int] = (CONTEXT_BEFORE, CONTEXT_AFTER)
    ) -> tuple[list[int], int, int]:
        """Wordpieces of a passage with special tokens, and the half-open span of its sentence.

        ``context`` is the most wordpieces kept before and after the sentence.
        """
        text = passage.before + passage.text + passage.after
        encoded = self.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        start, end = len(passage.before), len(passage.before) + len(passage.text)
        inside = [i for i, (low, high) in enumerate(offsets) if high > start and low < end] or [0]
        first, stop = inside[0], min(inside[-1] + 1, inside[0] + WINDOW)
        room = WINDOW - (stop - first)
        before = min(context[0], first, room)
        after = min(context[1], len(ids) - stop, room - before)
        ids = ids[first - before : stop + after]
        ids = [self.tokenizer.cls_token_id, *ids, self.tokenizer.sep_token_id]
        return ids, before + 1, before + 1 + stop - first

    def length(self, passage: Passage) -> int:
        """Wordpieces of a passage, special tokens included."""
        return len(self.tokens(passage)[0])

    def states(
        self,
        passages: Sequence[Passage],
        context: tuple[int, int] = (CONTEXT_BEFORE, CONTEXT_AFTER),
    ) -> torch.Tensor:
        """Mean states ``(n, d)`` of the passages' sentences; equal windows are run once."""
        cut = [self.tokens(passage, context) for passage in passages]
        windows = list(dict.fromkeys(tuple(ids) for ids, _, _ in cut))
        row_of = {window: row for row, window in enumerate(windows)}
        longest = max(len(window) for window in windows)
        tokens = torch.full((len(windows), longest), int(self.tokenizer.pad_token_id))
        mask = torch.zeros(len(windows), longest, dtype=torch.long)
        for row, window in enumerate(windows):
            tokens[row, : len(window)] = torch.tensor(window)
            mask[row, : len(window)] = 1
        pool = torch.zeros(len(cut), longest)
        for row, (_, first, stop) in enumerate(cut):
            pool[row, first:stop] = 1 / max(1, stop - first)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        which = torch.tensor([row_of[tuple(ids)] for ids, _, _ in cut])
        return torch.einsum("nt,ntd->nd", pool, hidden.float()[which])

    def head(self, name: str, states: torch.Tensor) -> torch.Tensor:
        """Output of a head."""
        dropped = states if name in VECTOR_HEADS else self.dropout(states)
        return self.heads[name](dropped)  # type: ignore[no-any-return]

    def factors(self) -> dict[str, Factors]:
        """``(down, up)`` of the target layers that learn a low-rank update, by name."""
        return {n: (a.down.detach(), a.up.detach()) for n, a in self.adapters.items()}

    def changes(self) -> dict[str, torch.Tensor]:
        """Change of the weights of the target layers that learn in full, by name."""
        return {n: m.weight.detach() - before for n, (m, before) in self.tuned.items()}

    def trainable(self) -> dict[str, torch.Tensor]:
        """Weights that are learned, by name."""
        return {n: p for n, p in self.named_parameters() if p.requires_grad}


def layer_number(name: str) -> int | None:
    """Number of the encoder layer that a module or weight belongs to, None outside of them."""
    found = re.search(r"\.layer\.(\d+)\.", f".{name}")
    return int(found.group(1)) if found else None


def fit(recipe: Recipe, tasks: Sequence[Task], scratch: Path, notify: Notify) -> Learner:
    """Trains and returns a learner; an interrupted training resumes from ``scratch``.

    The order of batches follows from the seed alone, so a resumed training sees what an
    uninterrupted one would have seen.
    """
    settings = recipe.optimisation
    keep_memory()
    torch.manual_seed(settings.seed)
    heads: dict[str, int] = {}
    for task in tasks:
        heads.update(task.heads)
    learner = Learner(recipe, heads)
    linear = [p for n, p in learner.trainable().items() if n.startswith("heads.")]
    optimiser = torch.optim.AdamW(
        [
            *_by_depth(learner, settings.learning_rate, settings.layer_decay),
            {"params": linear, "lr": settings.head_learning_rate},
        ],
        weight_decay=settings.weight_decay, fused=True,
    )  # fmt: skip
    learned = list(learner.trainable().values())
    steps = _epoch(tasks, learner, settings.seed, 0, settings.batch_tokens)
    total = max(1, math.ceil(len(steps) * settings.epochs))
    warm = max(1.0, settings.warmup * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / warm) * max(0.02, 1 - s / total)
    )
    done = _resume(scratch, recipe, learner, optimiser, schedule)
    notify(
        f"train: {total} steps, {len(steps)} an epoch" + (f", resuming at {done}" if done else "")
    )
    began, losses = time.perf_counter(), dict[str, list[float]]()
    step, epoch = 0, 0
    while step < total:
        for task, batch in _epoch(tasks, learner, settings.seed, epoch, settings.batch_tokens):
            if step >= total:
                break
            step += 1
            if step <= done:
                continue
            rng = random.Random(f"{settings.seed}/{step}")
            torch.manual_seed(settings.seed * 1_000_003 + step)
            learner.train()
            loss = task.loss(batch, learner, rng)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            schedule.step()
            losses.setdefault(task.name, []).append(loss.item())
            if step % settings.checkpoint_steps == 0:
                _checkpoint(scratch, recipe, learner, optimiser, schedule, step)
                said = ", ".join(f"{n} {sum(v) / len(v):.3f}" for n, v in sorted(losses.items()))
                rate = (time.perf_counter() - began) / (step - done)
                notify(f"train: {step}/{total}, {said}, {rate * (total - step):.0f} s to go")
                losses.clear()
        epoch += 1
    learner.eval()
    return learner


def _by_depth(learner: Learner, rate: float, decay: float) -> list[dict[str, Any]]:
    """Encoder weights by layer: the top learns at ``rate``, each one below at ``decay`` of it."""
    layers: dict[int, list[torch.Tensor]] = {}
    for name, weight in learner.trainable().items():
        if name.startswith("encoder."):
            layers.setdefault(layer_number(name) or 0, []).append(weight)
    top = max(layers)
    return [{"params": p, "lr": rate * decay ** (top - n)} for n, p in sorted(layers.items())]


def _epoch(
    tasks: Sequence[Task], learner: Learner, seed: int, epoch: int, budget: int
) -> list[tuple[Task, Any]]:
    rng = random.Random(f"{seed}/epoch/{epoch}")
    steps = [(task, b) for task in tasks for b in task.batches(rng, learner.length, budget)]
    rng.shuffle(steps)
    return steps


def _checkpoint(
    scratch: Path, recipe: Recipe, learner: Learner, optimiser: Any, schedule: Any, step: int
) -> None:
    scratch.mkdir(parents=True, exist_ok=True)
    aside = scratch / "state.pt.part"
    torch.save(
        {
            "weights": learner.trainable(), "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(), "step": step, "recipe": repr(recipe),
        },
        aside,
    )  # fmt: skip
    aside.replace(scratch / "state.pt")


def _resume(scratch: Path, recipe: Recipe, learner: Learner, optimiser: Any, schedule: Any) -> int:
    path = scratch / "state.pt"
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["recipe"] != repr(recipe):
        raise PipelineError(
            f"{path}: progress of another recipe; delete {scratch}, or train with --out elsewhere"
        )
    own = learner.trainable()
    with torch.no_grad():
        for name, value in state["weights"].items():
            own[name].copy_(value)
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])
