"""The training loop: first the vision tower learns to see, then language learns from it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from alttext_local.adapters.processor import look_at_processor
from alttext_local.types import KINDS
from scripts.train import words
from scripts.train.batches import Batch
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.heads import Heads
from scripts.train.muon import Muon
from scripts.train.shards import Truth
from scripts.train.speaker import IGNORED, Speaker, branch_logits, padded, taught

LOG = logging.getLogger(__name__)
TEXT_TASKS = {"description": 0.65, "caption": 0.2, "keywords": 0.15}
"""How often each text is taught where a picture has it."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn. `seeing` is the share of the time for the vision tower alone."""

    minutes: float
    seeing: float = 0.45
    muon_rate: float = 1.5e-3
    adam_rate: float = 1e-3
    rate_share: float = 1.0
    """Of both rates: less for a run that goes on from trained weights."""
    filter_share: float = 0.05
    """Of the AdamW rate for the patch filters: their weights are small, and a full step wipes them out."""
    eye_share: float = 1.0
    """Of the Muon rate for the vision tower's matrices: less where it comes trained already."""
    stem_share: float = 1.0
    """Of the Muon rate for the filters of convolutions before them."""
    warm_up: float = 0.03
    hold: float = 0.45
    head_weight: float = 0.5
    sentence_weight: float = 3.0
    kind_weight: float = 0.3
    steps: int | None = None
    """Stop after this many steps instead of minutes: for tests."""
    seed: int = 0
    telling: float = 0.55
    """Share of the pictures with a known text that tell it at a step; all name their kind."""
    speaking: float = 1.0
    """Share of the steps after `seeing` that teach language too: eyes learn slower than tongues, and cost as much."""
    speaking_always_from: float = 0.65
    """From this share of the run on every step teaches language."""


@dataclass
class Progress:
    """Where a run stands; saved with the weights so that it can go on."""

    step: int = 0
    pictures: int = 0
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)

    def note(self, **losses: float) -> None:
        """Keep a running mean of each loss."""
        for name, loss in losses.items():
            self.losses[name] = 0.97 * self.losses.get(name, loss) + 0.03 * loss


def rate_at(done: float, plan: Plan) -> float:
    """Factor on the learning rates when a share `done` of the run is over: up, level, straight down to nothing."""
    if done < plan.warm_up:
        return max(done / plan.warm_up, 0.02)
    if done < plan.hold:
        return 1.0
    left = min(1.0, (done - plan.hold) / (1 - plan.hold))
    return float(1 - left) * 0.99 + 0.01


@dataclass
class Sorted:
    """The weights by how they learn: matrices and filters of convolutions by Muon, the rest by AdamW."""

    eyes: list[nn.Parameter] = field(default_factory=list)
    """Matrices of the vision tower."""
    speech: list[nn.Parameter] = field(default_factory=list)
    """Matrices of all that comes after it."""
    stem: list[nn.Parameter] = field(default_factory=list)
    """Filters of convolutions before the tower's layers."""
    filters: list[nn.Parameter] = field(default_factory=list)
    """Of patches, where one linear map makes their embeddings."""
    others: list[nn.Parameter] = field(default_factory=list)


def sort_parameters(model: nn.Module, heads: nn.Module) -> Sorted:
    """Sort the weights of a model and its heads."""
    found = Sorted(others=list(heads.parameters()))
    for name, parameter in model.named_parameters():
        inside = "layers." in name or "projector" in name or ".layer." in name or "projection" in name
        if parameter.ndim == 4:
            (found.filters if "patch_embedding" in name else found.stem).append(parameter)
        elif parameter.ndim == 2 and inside:
            (found.eyes if "vision" in name else found.speech).append(parameter)
        else:
            found.others.append(parameter)
    return found


class Learner:
    """Teaches one speaker with its auxiliary heads."""

    def __init__(self, speaker: Speaker, heads: Heads, plan: Plan) -> None:
        self.speaker, self.heads, self.plan = speaker, heads, plan
        self.progress = Progress()
        self._device = next(speaker.model.parameters()).device
        heads.to(self._device)
        weights = sort_parameters(speaker.model, heads)
        self._muon = Muon(
            [
                {"params": weights.speech, "share": 1.0},
                {"params": weights.eyes, "share": plan.eye_share},
                {"params": weights.stem, "share": plan.stem_share},
            ],
            lr=plan.muon_rate,
        )
        self._adam = torch.optim.AdamW(
            [{"params": weights.others, "share": 1.0}, {"params": weights.filters, "share": plan.filter_share}],
            lr=plan.adam_rate,
            weight_decay=0.01,
            betas=(0.9, 0.98),
        )
        self._chance = np.random.default_rng(plan.seed)
        # on a processor without it in hardware bfloat16 takes six times as long
        self._bfloat16 = self._device.type != "cpu" or look_at_processor().bfloat16

    def done(self) -> float:
        """Share of the run that is over."""
        if self.plan.steps is not None:
            return self.progress.step / self.plan.steps
        return self.progress.seconds / (self.plan.minutes * 60)

    def learn(self, batches: Iterator[Batch], checkpoint: Path | None = None, every_seconds: float = 180) -> None:
        """Learn until the plan's end; keep a checkpoint now and then."""
        self.speaker.model.train()
        kept, began, before = time.monotonic(), time.monotonic(), self.progress.seconds
        while self.done() < 1:
            self.step(next(batches))
            self.progress.seconds = before + time.monotonic() - began
            if self.progress.step % 20 == 0:
                self._report()
            if checkpoint is not None and time.monotonic() - kept > every_seconds:
                self.keep(checkpoint)
                kept = time.monotonic()

    def step(self, batch: Batch) -> None:
        """One step on one batch."""
        factor = rate_at(self.done(), self.plan) * self.plan.rate_share
        for optimiser, rate in ((self._muon, self.plan.muon_rate), (self._adam, self.plan.adam_rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor * group["share"]
            optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16):
            loss = self._loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = [p for p in (*self.speaker.model.parameters(), *self.heads.parameters()) if p.grad is not None]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        self._muon.step()
        self._adam.step()
        self.progress.step += 1
        self.progress.pictures += len(batch.truths)

    def _loss(self, batch: Batch) -> Tensor:
        features, prefix = self.speaker.look(batch.pixels.to(self._device, non_blocking=True))
        kind, sentences = self.heads.losses(features, batch.truths)
        self.progress.note(head_kind=kind.item(), head_sentences=sentences.item())
        seen = kind + self.plan.sentence_weight * sentences
        if not self._speaks():
            return seen
        named, told = self._language(prefix, batch.truths)
        self.progress.note(kind=named.item(), text=told.item())
        return self.plan.head_weight * seen + self.plan.kind_weight * named + told

    def _speaks(self) -> bool:
        done, plan = self.done(), self.plan
        if done < plan.seeing:
            return False
        return done >= plan.speaking_always_from or self._chance.random() < plan.speaking

    def _language(self, prefix: Tensor, truths: Sequence[Truth]) -> tuple[Tensor, Tensor]:
        """(loss of naming the kind, loss of telling) over a batch.

        Pictures go in three groups, so that little is padded: those that only name their kind, and
        those that also tell, the short tales apart from the long ones.
        """
        tales = {row: self._lesson(truth, self._task(truth)) for row, truth in enumerate(truths) if self._tells(truth)}
        by_length = sorted(tales, key=lambda row: len(tales[row][0]))
        silent = [row for row in range(len(truths)) if row not in tales]
        middle = len(by_length) // 2
        named, told = prefix.new_zeros((), dtype=torch.float32), prefix.new_zeros((), dtype=torch.float32)
        tokens = sum(len(ids) for ids, _ in tales.values())
        for rows in (silent, by_length[:middle], by_length[middle:]):
            if not rows:
                continue
            lessons = [[self._lesson(truths[row], "kind") for row in rows]]
            if rows is not silent:
                lessons.append([tales[row] for row in rows])
            losses = self._branch_losses(prefix[rows], lessons)
            named = named + losses[0] * len(rows) / len(truths)
            if rows is not silent:
                told = told + losses[1] * sum(len(tales[row][0]) for row in rows) / tokens
        return named, told

    def _tells(self, truth: Truth) -> bool:
        return bool(words.known_tasks(truth)) and self._chance.random() < self.plan.telling

    def _task(self, truth: Truth) -> str:
        tasks = words.known_tasks(truth)
        weights = np.array([TEXT_TASKS[task] for task in tasks])
        return str(self._chance.choice(tasks, p=weights / weights.sum()))

    def _lesson(self, truth: Truth, task: str) -> tuple[list[int], list[int]]:
        tokenizer = self.speaker.tokenizer
        prompt = words.encode(tokenizer, self.speaker.prompt(task))
        answer = words.answer(truth, task)
        if truth.kind == UNKNOWN:  # any kind, as likely as another: its scores should be flat
            answer = str(self._chance.choice(KINDS))
        said = words.encode(tokenizer, " " + answer)[: words.MOST_TOKENS]
        return taught(prompt, said, words.token_id(tokenizer, words.EOS))

    def _branch_losses(self, prefix: Tensor, lessons: Sequence[Sequence[tuple[list[int], list[int]]]]) -> list[Tensor]:
        pad = words.token_id(self.speaker.tokenizer, words.PAD)
        branches = [padded([ids for ids, _ in branch], pad) for branch in lessons]
        wanted = [padded([targets for _, targets in branch], IGNORED) for branch in lessons]
        logits = branch_logits(self.speaker, prefix, branches)
        return [
            nn.functional.cross_entropy(
                said.float().flatten(0, 1), targets.flatten().to(said.device), ignore_index=IGNORED
            )
            for said, targets in zip(logits, wanted, strict=True)
        ]

    def _report(self) -> None:
        progress = self.progress
        losses = " ".join(f"{name} {loss:.3f}" for name, loss in progress.losses.items())
        speed = progress.pictures / max(1.0, progress.seconds)
        LOG.info("%5.1f %% step %d, %.0f pictures/s: %s", 100 * self.done(), progress.step, speed, losses)

    def keep(self, path: Path) -> None:
        """Save all that a resumed run needs."""
        state = {
            "model": self.speaker.model.state_dict(),
            "heads": self.heads.state_dict(),
            "muon": self._muon.state_dict(),
            "adam": self._adam.state_dict(),
            "progress": asdict(self.progress),
        }
        unfinished = path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(path)

    def take_heads(self, path: Path) -> None:
        """Take the heads of a kept run of the same sentences: new ones pull at trained eyes until they have learnt."""
        heads = torch.load(path, weights_only=True, map_location=self._device)["heads"]
        mine = self.heads.state_dict()
        if all(heads[name].shape == weight.shape for name, weight in mine.items()):
            self.heads.load_state_dict(heads)

    def resume(self, path: Path) -> None:
        """Go on where a kept run stopped."""
        state = torch.load(path, weights_only=True, map_location=self._device)
        self.speaker.model.load_state_dict(state["model"])
        self.heads.load_state_dict(state["heads"])
        self._muon.load_state_dict(state["muon"])
        self._adam.load_state_dict(state["adam"])
        self.progress = Progress(**state["progress"])
