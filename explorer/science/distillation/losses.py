"""What a student's answers lose against its teacher's (Vec2Face-v2, eq. 14)."""

from __future__ import annotations

import torch
from torch import Tensor


def distillation_loss(teacher: Tensor, student: Tensor) -> Tensor:
    """Eq. 14 of vectors (..., D): (1 - cosine)^2, as the product in it is the inner one.

    Returns:
        (...), between 0 and 4.

    Example:
        >>> import torch
        >>> from explorer.science.distillation import distillation_loss
        >>> right, up = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])
        >>> [float(distillation_loss(right, other)) for other in (3 * right, up, -right)]
        [0.0, 1.0, 4.0]
    """
    return (1 - torch.cosine_similarity(teacher, student, dim=-1)).square()


def student_losses(teacher: Tensor, student: Tensor, centre: Tensor, centred: float) -> dict[str, Tensor]:
    """The losses of a batch, "loss" being their weighted sum.

    Where all answers share a large mean, as dlib's do, a plain cosine is near 1 whoever is seen: the same equation of
    what is left of them counts beside it.

    Args:
        teacher, student: (B, D). centre: (D,), the mean of the teacher's answers. centred: weight of the second.
    """
    plain = distillation_loss(teacher, student).mean()
    less = distillation_loss(teacher - centre, student - centre).mean()
    return {"loss": plain + centred * less, "plain": plain, "centred": less}
