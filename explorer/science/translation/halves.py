"""Identity in one half of the structured space, the rest in the other (DIFFUSE 5.2.3): taking, mixing, contrast.

The first half of the coordinates is the identity's, in every layer; which coordinates of W that comes from is the
translator's to learn, whose couplings draw other halves each time.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.translation.network import Translator


def identity_half(structured: Tensor) -> Tensor:
    """The identity's half of every layer, (B, L, K/2) of (B, L, K).

    Example:
        >>> import torch
        >>> from explorer.science.translation import identity_half, other_half
        >>> structured = torch.randn(2, 23, 512)
        >>> torch.equal(torch.cat([identity_half(structured), other_half(structured)], -1), structured)
        True
    """
    return structured[..., : structured.shape[-1] // 2]


def other_half(structured: Tensor) -> Tensor:
    """The other half of every layer, (B, L, K/2) of (B, L, K): what shall not tell who it is.

    Example:
        >>> import torch
        >>> from explorer.science.translation import other_half
        >>> other_half(torch.randn(2, 23, 512)).shape
        torch.Size([2, 23, 256])
    """
    return structured[..., structured.shape[-1] // 2 :]


@torch.no_grad()
def mixed(translator: Translator, identity: Tensor, rest: Tensor) -> Tensor:
    """Styles with the identity of some and the rest of others (figures 6, 7).

    Args:
        identity, rest: (B, L, K) styles of W+ each.

    Returns:
        (B, L, K) styles of W+; a face mixed with itself comes back as it was, to rounding.

    Example:
        >>> import torch
        >>> from explorer.science.translation import Translator, mixed
        >>> translator = Translator(torch.zeros(512), torch.ones(512), layers=23, couplings=2, hidden=8)
        >>> one, other = torch.randn(2, 1, 23, 512)
        >>> torch.allclose(mixed(translator, one, one), one, atol=1e-5), mixed(translator, one, other).shape
        (True, torch.Size([1, 23, 512]))
    """
    whose, about = translator(identity), translator(rest)
    return translator.inverse(torch.cat([identity_half(whose), other_half(about)], -1))


def flat(half: Tensor) -> Tensor:
    """A half of all layers as one vector of length 1, (B, L K/2): cosines between these tell people apart."""
    return F.normalize(half.flatten(1), dim=-1)


def contrastive_loss(half: Tensor, people: Tensor, margin: float) -> Tensor:
    """How far one person's identity halves are apart, and other people's too near each other.

    Both count alike, however many pairs there are: the mean of 1 - cosine over pairs of one person, and of the square
    of what a cosine of two people is above the margin (Hadsell et al. 2006, with cosines).

    Args:
        half: (B, L, K/2). people: (B,) whose each is. margin: a cosine.

    Returns:
        A scalar.

    Raises:
        ValueError: there is no pair of one person, or none of two.
    """
    vectors = flat(half)
    cosines = vectors @ vectors.T
    same = people[:, None] == people[None]
    apart = ~same
    same = same & ~torch.eye(len(people), dtype=torch.bool, device=people.device)
    if not bool(same.any()) or not bool(apart.any()):
        raise ValueError("a contrast needs two pictures of one person, and two people")
    return (1 - cosines[same]).mean() + (cosines[apart] - margin).clamp_min(0).square().mean()
