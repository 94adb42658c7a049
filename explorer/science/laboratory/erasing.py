"""The linear baseline of modification: directions that tell an attribute are taken out of embeddings, one by one.

Iterative nullspace projection (INLP: Ravfogel et al., Null It Out, ACL 2020): the direction by which a linear probe
tells the classes apart is removed, a new probe is fitted on what is left, and so on, until one tells no more than
chance. The probe is Fisher's: it maximises the distance between the classes in units of the spread within them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

# So much of the spread within classes is taken for even: few faces know it badly in hundreds of dimensions.
_EVENLY = 0.02


@dataclass(frozen=True, eq=False)
class LinearEraser:
    """Puts the mean in the place of what embeddings have along some directions.

    basis: (D, K) orthonormal directions. centre: (D,) mean of the directions of the faces they were found on.
    """

    basis: Tensor
    centre: Tensor

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Embeddings (N, D), of any length, to vectors (N, D) of length 1, or of K less."""
        directions = F.normalize(embeddings.to(self.basis), dim=-1)
        return F.normalize(directions - (directions - self.centre) @ self.basis @ self.basis.T, dim=-1)

    @property
    def removed(self) -> int:
        """K."""
        return self.basis.shape[1]

    def first(self, count: int) -> LinearEraser:
        """The first directions alone."""
        return LinearEraser(self.basis[:, :count], self.centre)


def fisher_directions(embeddings: Tensor, classes: Tensor) -> Tensor:
    """The directions (D, C - 1) by which classes are told apart best, in the order of the classes behind the first.

    Args:
        embeddings: (N, D). classes: (N,) numbers from 0, each of C occurring.
    """
    count = int(classes.max()) + 1
    wide = embeddings.double()
    means = torch.stack([wide[classes == number].mean(0) for number in range(count)])
    within = wide - means[classes]
    spread = within.T @ within / len(within)
    even = _EVENLY * spread.diagonal().mean() * torch.eye(len(spread), dtype=torch.float64)
    found: Tensor = torch.linalg.solve((1 - _EVENLY) * spread + even, (means[1:] - means[0]).T)
    return found


def nullspace_projections(embeddings: Tensor, classes: Tensor, most: int) -> Iterator[LinearEraser]:
    """Remove direction after direction, yielding what removes all so far, beginning with what removes none.

    Args:
        embeddings: (N, D), of any length. classes: (N,) numbers from 0, each occurring.
        most: directions at most.

    Example:
        >>> import torch
        >>> from explorer.science.laboratory.erasing import nullspace_projections
        >>> classes = torch.arange(60) % 2
        >>> faces = torch.randn(60, 8, generator=torch.Generator().manual_seed(0))
        >>> faces[:, 0] += 3 * classes
        >>> *_, eraser = nullspace_projections(faces, classes, most=2)
        >>> eraser.removed, eraser(faces).shape
        (2, torch.Size([60, 8]))
    """
    directions = F.normalize(embeddings.double(), dim=-1)
    centre = torch.stack([directions[classes == number].mean(0) for number in classes.unique()]).mean(0)
    basis = directions.new_zeros(directions.shape[1], 0)
    yield LinearEraser(basis.float(), centre.float())
    while basis.shape[1] < most:
        left = directions - directions @ basis @ basis.T
        found = fisher_directions(left, classes)
        found = found - basis @ (basis.T @ found)
        if float(found.norm()) < 1e-12:
            return
        fresh = torch.linalg.qr(found)[0]
        # What rounding leaves of directions that are removed already goes before it is counted twice.
        basis = torch.linalg.qr(torch.cat([basis, fresh - basis @ (basis.T @ fresh)], 1))[0][:, :most]
        yield LinearEraser(basis.float(), centre.float())
