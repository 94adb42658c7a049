"""The one training loop, on lightning-fabric: CPU, one GPU, several processes.

A recipe states its batches, its losses and its rates in a `Plan`; the loop owns seeds, steps, rates and checkpoints. It
goes in rounds, of one batch or of an epoch. What a round holds must follow from the seed and the round alone, so that
an interrupted training goes on as if it had never stopped, to the last bit on the same machine.

Several processes share every batch, and a checkpoint does not know how many they were: `explorer.science.shares` has
what a loss needs for coming to the same with any number of them.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import torch
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.processes import processes, tell_training
from explorer.science.shares import Share, sharing, whole_statistics

if TYPE_CHECKING:
    from lightning_fabric import Fabric

M = TypeVar("M", bound=nn.Module)
B = TypeVar("B")

# Who comes to a training, or to its next step, waits for the others: their beginnings may differ by hours.
_PATIENCE = timedelta(days=7)
_OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


class TrainingError(LikenessError, ValueError):
    """What keeps a training from beginning or from going on, in one line."""


@dataclass(frozen=True)
class Compute:
    """On what a training runs, in Fabric's own words; one process on the CPU unless said otherwise.

    strategy: "auto", or "ddp" for several processes, which are started from outside (torchrun, a cluster's scheduler),
        or by Fabric, which runs the program again for each.
    """

    accelerator: str = "cpu"
    devices: int | list[int] = 1
    num_nodes: int = 1
    strategy: str = "auto"

    @classmethod
    def on(cls, device: torch.device | str) -> Compute:
        """One process on a device: "cpu", "cuda" or "cuda:1"; under torchrun all of its processes.

        Raises:
            TrainingError: under torchrun, a GPU is named by number: each process has its own.
        """
        place, together = torch.device(device), processes()
        if together.count > 1:
            if place.type != "cpu" and place.index not in (None, together.local_rank):
                raise TrainingError(f"{place} is one device, and each process takes its own: say {place.type}")
            return cls(place.type, together.local_count, together.nodes, "ddp")
        return cls(place.type, 1 if place.index is None or place.type == "cpu" else [place.index])


CPU = Compute()


@dataclass(frozen=True)
class Optimiser:
    """torch's optimiser of that name, and how its rate goes.

    schedule: the rate stays, or falls along half a cosine to nothing. warm_up: the share of the rounds over which it
        first rises, in a line from a hundredth. decay: of the weights. momentum: of sgd.
    drops: behind which shares of the rounds the rate falls to a tenth of what it was.
    """

    kind: Literal["adam", "adamw", "sgd"]
    rate: float
    schedule: Literal["constant", "cosine"] = "constant"
    warm_up: float = 0.0
    decay: float = 0.0
    momentum: float = 0.0
    drops: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.momentum and self.kind != "sgd":
            raise ValueError(f"{self.kind} has no momentum of its own choice: leave it out, or take sgd")

    def factor(self, progress: float) -> float:
        """What the rate is multiplied by when a share of the training, in [0, 1), is behind it."""
        falling = 0.5 * (1 + math.cos(math.pi * progress)) if self.schedule == "cosine" else 1.0
        falling *= 0.1 ** sum(progress >= share for share in self.drops)
        return min(progress / self.warm_up + 0.01, falling) if self.warm_up else falling


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan(Generic[M, B]):
    """What a recipe states of a training.

    identity: a text that no other training has; a checkpoint with another one is refused.
    rounds: how many there are. batches: those of a round, whole whatever the processes.
    losses: of a batch, means over its samples: "loss" is made small, others are measures.
    groups: the parameters, or groups of them with rates of their own, as torch.optim takes them; all if None. The rate
        of a group that is `"steady": True` does not go as the optimiser's does.
    part: a process's share of a batch, from its rank and the number of processes; every so many-th sample if None.
    samples: how many a batch, or a share of one, has; the length of its first tensor if None.
    train_mode: whether units are left out and statistics taken, as of `nn.Module.train`.
    reseed: whether torch's random numbers begin anew in each round, from the seed and the round. If not, they are the
        caller's to seed, run on from round to round, and no checkpoint can be kept.
    checkpoint_every: after how many rounds the checkpoint is written; after the last it always is.
    """

    identity: str
    seed: int
    rounds: int
    batches: Callable[[int], Iterable[B]]
    losses: Callable[[M, B], Mapping[str, Tensor]]
    optimiser: Optimiser
    groups: Iterable[dict[str, Any]] | None = None
    part: Callable[[B, int, int], B] | None = None
    samples: Callable[[B], int] | None = None
    train_mode: bool = True
    reseed: bool = True
    checkpoint: Path | None = None
    checkpoint_every: int = 1

    def __post_init__(self) -> None:
        if self.checkpoint is not None and not self.reseed:
            raise ValueError("a training whose random numbers run on from round to round cannot be resumed")


@dataclass(frozen=True)
class Round:
    """How many rounds are made, and the losses of the last one's last batch, before its step; of all processes."""

    made: int
    losses: Mapping[str, Tensor]


class TrainingLoop(Generic[M, B]):
    """A training, where its checkpoint left it; to iterate over it is to train, a `Round` at a time.

    module: what is trained, in place, on `device`. made: how many rounds are made.

    Raises:
        TrainingError: lightning-fabric is missing, or the checkpoint is damaged or that of another training.
    """

    def __init__(self, module: M, plan: Plan[M, B], compute: Compute = CPU) -> None:
        self.module, self.made, self._plan = module, 0, plan
        self._fabric = _launched(compute)
        self.device: torch.device = self._fabric.device
        parameters = module.parameters() if plan.groups is None else plan.groups
        kind, rate, decay = _OPTIMISERS[plan.optimiser.kind], plan.optimiser.rate, plan.optimiser.decay
        momentum = {"momentum": plan.optimiser.momentum} if plan.optimiser.momentum else {}
        self._optimiser = kind(parameters, lr=rate, weight_decay=decay, **momentum)
        self._rates = [group["lr"] for group in self._optimiser.param_groups]
        # What is set up has the losses as its forward pass: whatever the recipe does with the module in them, the
        # gradients of all processes meet.
        self._losses, self._steps = self._fabric.setup(_Losses(module, plan.losses), self._optimiser)
        if plan.checkpoint is not None and plan.checkpoint.exists():
            state = read_checkpoint(plan.checkpoint, plan.identity)
            module.load_state_dict(state["module"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.made = state["made"]

    def __iter__(self) -> Iterator[Round]:
        plan = self._plan
        for number in range(self.made, plan.rounds):
            losses = self._round(number)
            self.made = number + 1
            if plan.checkpoint is not None and (self.made % plan.checkpoint_every == 0 or self.made == plan.rounds):
                self._save(plan.checkpoint)
            yield Round(self.made, losses)

    def _round(self, number: int) -> dict[str, Tensor]:
        plan, fabric = self._plan, self._fabric
        losses, share = dict[str, Tensor](), None
        factor = plan.optimiser.factor(number / plan.rounds)
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate if group.get("steady") else rate * factor
        self.module.train(plan.train_mode)
        # All processes draw the same numbers, for the whole batch, and each keeps those of its share.
        with seeded(plan.seed + 1000 * number, self.device) if plan.reseed else nullcontext():
            for batch in plan.batches(number):
                share, own = self._shared(batch)
                with sharing(share):
                    losses = self._losses(fabric.to_device(own))
                self._optimiser.zero_grad()
                fabric.backward(losses["loss"] if share is None else losses["loss"] * share.weight)
                self._steps.step()
        losses = {name: loss.detach() for name, loss in losses.items()}
        return losses if share is None else self._averaged(losses, share)

    def _shared(self, batch: B) -> tuple[Share | None, B]:
        """What of a batch is this process's."""
        rank, count = self._fabric.global_rank, self._fabric.world_size
        if count == 1:
            return None, batch
        part, samples = self._plan.part or every_sample, self._plan.samples or _samples
        size = samples(batch)
        share = Share(rank, count, len(range(rank, size, count)), size)
        # Whoever has no sample goes along with another's, which does not count: all must meet for the gradients.
        return share, part(batch, rank, count) if share.rows else part(batch, 0, max(size, 1))

    def _averaged(self, losses: Mapping[str, Tensor], share: Share) -> dict[str, Tensor]:
        own = torch.stack([loss.double() for loss in losses.values()]) * share.weight
        means = self._fabric.all_reduce(own, reduce_op="mean")
        return {name: mean.to(losses[name].dtype) for name, mean in zip(losses, means, strict=True)}

    def _save(self, path: Path) -> None:
        if self._fabric.is_global_zero:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".partial")
            weights = {"module": self.module.state_dict(), "optimiser": self._optimiser.state_dict()}
            torch.save({"training": self._plan.identity, "made": self.made, **weights}, unfinished)
            unfinished.replace(path)
        self._fabric.barrier()


def read_checkpoint(path: Path, identity: str) -> dict[str, Any]:
    """What a training has come to: "module" and "optimiser", states on the CPU, and how many rounds are "made".

    Raises:
        TrainingError: the file is damaged, or the checkpoint of another training.
        FileNotFoundError: there is none.
    """
    kept = io.BytesIO(path.read_bytes())
    try:
        state = torch.load(kept, weights_only=True, map_location="cpu")
    except Exception as error:  # a damaged file may fail at any place of torch's reader
        raise TrainingError(f"{path} is damaged, or no checkpoint: remove it to begin anew") from error
    if not isinstance(state, dict) or state.get("training") != identity:
        raise TrainingError(f"{path} is of a training by another recipe: remove it to begin anew")
    return state


@contextmanager
def seeded(seed: int, device: torch.device | None = None) -> Iterator[None]:
    """Seed torch's random numbers, those of a GPU, too; afterwards they go on where they were before."""
    with torch.random.fork_rng(devices=[device] if device is not None and device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def every_sample(batch: B, rank: int, processes: int) -> B:
    """A process's share of a batch whose tensors have the samples along their first axis, but for single numbers."""
    from lightning_utilities.core.apply_func import apply_to_collection

    share: B = apply_to_collection(batch, Tensor, lambda tensor: tensor[rank::processes] if tensor.ndim else tensor)
    return share


def _samples(batch: object) -> int:
    from lightning_utilities.core.apply_func import apply_to_collection

    found: list[int] = []
    apply_to_collection(batch, Tensor, lambda tensor: found.append(len(tensor)) if tensor.ndim else None)
    return found[0]


class _Losses(nn.Module, Generic[M, B]):
    """What is lost by a module on a batch; only the loss itself leads back to the weights."""

    def __init__(self, module: M, losses: Callable[[M, B], Mapping[str, Tensor]]) -> None:
        super().__init__()
        self.module, self.losses = module, losses

    def forward(self, batch: B) -> Mapping[str, Tensor]:
        with whole_statistics():
            losses = self.losses(self.module, batch)
        return {name: loss if name == "loss" else loss.detach() for name, loss in losses.items()}


def _launched(compute: Compute) -> Fabric:
    try:
        from lightning_fabric import Fabric
        from lightning_fabric.strategies.ddp import DDPStrategy
    except ImportError as error:
        raise TrainingError("a training needs lightning-fabric: pip install 'likeness[train]'") from error
    # What it says of itself is advice on precision; a command's lines are the command's.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    strategy: Any = compute.strategy
    if strategy == "ddp":
        # Rivals take turns, and stages train a part: in many steps some weights have no gradient.
        strategy = DDPStrategy(find_unused_parameters=True, timeout=_PATIENCE)
    fabric = Fabric(
        accelerator=compute.accelerator, strategy=strategy, devices=compute.devices, num_nodes=compute.num_nodes
    )
    if compute.strategy == "ddp":
        tell_training()
    fabric.launch()
    return fabric
