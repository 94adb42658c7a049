"""Turning what a probe says into probabilities that can be believed, and measuring how far they can.

Logits are scaled and shifted so that they explain a held-out split best: Platt's scaling for one logit (Platt 1999),
temperature scaling with a shift for each class for several (Guo et al. 2017). The shifts matter: edits make rare
attributes frequent in training, and the held-out split has them as rare as they are.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

ECE_BINS = 15


class ProbabilityCalibrator(BaseModel):
    """Probabilities from logits: sigmoid or softmax of slope * logits + shifts; one shift for each logit.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import ProbabilityCalibrator
        >>> calibrator = ProbabilityCalibrator(slope=1.0, shifts=(0.0, 0.0, 0.0))
        >>> calibrator.probabilities(torch.zeros(3)).sum().item()
        1.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    shifts: tuple[float, ...] = Field(min_length=1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities.

        Args:
            logits: (...,) where there is one shift, of having the attribute; (..., C) where there are C, of classes.

        Returns:
            The same shape, in [0, 1]; over classes they sum to 1.
        """
        return _probabilities(logits, self.slope, logits.new_tensor(self.shifts))


def _probabilities(logits: Tensor, slope: Tensor | float, shifts: Tensor) -> Tensor:
    if len(shifts) == 1:
        return torch.sigmoid(slope * logits + shifts[0])
    return torch.softmax(slope * logits + shifts, -1)


def fit_calibrator(logits: Tensor, truth: Tensor, weights: Tensor | None = None) -> ProbabilityCalibrator:
    """The scale and shifts that explain a held-out split best.

    A normal prior of one standard deviation holds them near 1 and 0: a split that the logits separate without error
    would otherwise ask for infinite certainty.

    Args:
        logits: (N,) with truth (N,) of 0 and 1, or (N, C) with truth (N,) of class numbers.
        weights: (N,) how much each sample counts; all of them 1 where None.

    Raises:
        ValueError: there are no samples.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import fit_calibrator
        >>> said, truth = torch.tensor([0, 1]).repeat(200), torch.tensor([0, 1, 1, 1]).repeat(100)
        >>> calibrator = fit_calibrator(8.0 * said - 4.0, truth)
        >>> calibrator.slope < 1  # a quarter was wrong: such certainty is too much
        True
    """
    if len(logits) == 0:
        raise ValueError("calibration needs at least one held-out face")
    logits, classes = logits.detach().double().cpu(), logits.shape[1] if logits.ndim == 2 else 1
    truth = truth.cpu().long() if classes > 1 else truth.cpu().double()
    count = len(logits) if weights is None else float(weights.sum())
    parameters = torch.zeros(1 + classes, dtype=torch.float64, requires_grad=True)
    # The slope is the exponential of the first, so that it stays positive.
    search = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Any:
        search.zero_grad()
        scaled = parameters[0].exp() * logits
        if classes > 1:
            losses = F.cross_entropy(scaled + parameters[1:], truth, reduction="none")
        else:
            losses = F.binary_cross_entropy_with_logits(scaled + parameters[1], truth, reduction="none")
        loss = losses.sum() if weights is None else (weights * losses).sum()
        total = (loss + 0.5 * parameters.square().sum()) / count
        total.backward()
        return total

    search.step(closure)
    found = parameters.detach()
    return ProbabilityCalibrator(slope=float(found[0].exp()), shifts=tuple(found[1:].tolist()))


def expected_calibration_error(probabilities: Tensor, hits: Tensor, bins: int = ECE_BINS) -> float:
    """How far probabilities lie from what happens, on average: eq. 5 of Guo et al. 2017, bins of equal width.

    Args:
        probabilities: (N,) in [0, 1], of an event.
        hits: (N,) of 0 and 1, whether it happened.

    Raises:
        ValueError: there are no samples.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import expected_calibration_error
        >>> said, happened = torch.full((100,), 0.75), torch.arange(100) < 50
        >>> expected_calibration_error(said, happened)  # three of four were promised, two of four came
        0.25
    """
    if len(probabilities) == 0:
        raise ValueError("a calibration error needs at least one face")
    place = (probabilities.double() * bins).long().clamp(0, bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64)
    gaps.index_add_(0, place.cpu(), (probabilities.double() - hits.double()).cpu())
    return float(gaps.abs().sum() / len(probabilities))


def calibration_error_floor(probabilities: Tensor, bins: int = ECE_BINS, draws: int = 200) -> float:
    """The calibration error that probabilities show on average where they hold exactly: what N faces alone make of it.

    With few faces to a bin the share that happens strays from what was promised, and the error counts it (Roelofs et
    al. 2022, "Mitigating bias in calibration error estimation").

    Args:
        probabilities: (N,) in [0, 1], N at least 1.
    """
    random = torch.Generator().manual_seed(0)
    promised = probabilities.double().cpu()
    errors = [
        expected_calibration_error(promised, torch.bernoulli(promised, generator=random), bins) for _ in range(draws)
    ]
    return sum(errors) / draws
