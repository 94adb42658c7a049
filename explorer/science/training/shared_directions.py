"""Shrink in the input of a probe what photographs vary in without their attribute, and generated faces hardly do.

Generated faces teach which direction tells an attribute, and not what else moves embeddings of photographs. A few
people who all lack the attribute, photographed several times each, show that: whatever differs within one of them is
no sign of it. With the covariance G of generated embeddings and N of those differences, brought to the same trace,
embeddings are passed through G (G + s N)^-1, a Wiener filter, which keeps what generated faces vary in and photographs
of one person do not (compare within-class covariance normalisation, Hatch et al., Interspeech 2006). It is folded into
the first layer: the probe stays as large as it was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.leakage.probes import Probe

# Tried in this order; more takes more of what generated faces say along.
SHARES = (0.0, 0.03, 0.1, 0.3, 1.0)
# So much of a covariance is spread evenly: few faces know it badly in hundreds of dimensions.
_EVENLY = 0.1


def covariance(embeddings: Tensor) -> Tensor:
    """(N, D) embeddings, brought to length 1, to their covariance (D, D)."""
    directions = F.normalize(embeddings.double(), dim=-1)
    centred = directions - directions.mean(0)
    return centred.T @ centred / len(centred)


def within_people(embeddings: Tensor, people: Tensor) -> Tensor:
    """The covariance (D, D) of embeddings (N, D), brought to length 1, within each of the people (N,).

    Example:
        >>> import torch
        >>> from explorer.science.training.shared_directions import within_people
        >>> embeddings = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
        >>> within_people(embeddings, torch.tensor([1, 1, 2, 2])).tolist()  # two people, nothing differs within them
        [[0.0, 0.0], [0.0, 0.0]]
    """
    directions = F.normalize(embeddings.double(), dim=-1)
    _, place, counts = people.unique(return_inverse=True, return_counts=True)
    means = torch.zeros(len(counts), directions.shape[1], dtype=torch.float64)
    means.index_add_(0, place, directions)
    differing = directions - (means / counts[:, None])[place]
    found: Tensor = differing.T @ differing / len(differing)
    return found


def shared_filter(generated: Tensor, differing: Tensor, share: float) -> Tensor:
    """The filter (D, D) G (G + s N)^-1 that leaves what generated faces and photographs share.

    Args:
        generated, differing: covariances (D, D). share: s, at least 0; 0 leaves everything.
    """
    unit = torch.eye(len(generated), dtype=torch.float64)
    kept = (1 - _EVENLY) * generated + _EVENLY * generated.diagonal().mean() * unit
    size = float(kept.trace() / differing.trace().clamp_min(1e-12))
    filtering: Tensor = torch.linalg.solve(kept + share * size * differing, kept).T
    return filtering


def filtered(probe: Probe, filtering: Tensor) -> Probe:
    """A probe that reads embeddings e as the given one reads m + A (e - m), m being the mean of its training faces.

    Args:
        probe: that brings embeddings to length 1 and to its own units. filtering: A, (D, D).

    Raises:
        ValueError: the probe takes embeddings as the encoder gives them.
    """
    if not probe.architecture.normalised:
        raise ValueError("a probe of embeddings as they are given has no mean to filter about")
    made = copy.deepcopy(probe)
    first = next(layer for layer in made.layers if isinstance(layer, nn.Linear))
    spread = probe.spread.double()
    with torch.no_grad():
        first.weight.copy_((first.weight.double() / spread) @ filtering * spread)
    return made.eval().requires_grad_(False)


def largest_share(
    probe: Probe,
    filter_of: Callable[[float], Tensor],
    worth: Callable[[Probe], float],
    may_lose: float,
    shares: Sequence[float] = SHARES,
) -> tuple[float, Probe]:
    """The largest share at which a probe is worth nearly as much on generated faces as without, and the probe so made.

    Photographs have no say in it.

    Args:
        filter_of: the filter at a share. worth: how well a probe reads generated faces, more being better.
        may_lose: of that worth.
    """
    least = worth(probe) - may_lose
    chosen, best = 0.0, probe
    for share in shares:
        made = filtered(probe, filter_of(share))
        if worth(made) < least:
            break
        chosen, best = share, made
    return chosen, best
