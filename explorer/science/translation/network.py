"""The translator T between W+ and a space with handles (DIFFUSE 5.2.2): additive couplings, exactly invertible.

NICE (Dinh et al. 2014): half of the coordinates stay as they are and tell what is added to the other half, so that the
way back subtracts the same. Here the halves are random ones of a style's coordinates, the same in every layer of W+ and
drawn anew for each coupling; one map serves all layers, and is told which one it is. A diagonal of factors ends it.

A coupling adds to a coordinate what others tell, and cannot take away what the coordinate itself was: an element that
is to say one thing alone begins best as a direction that says it. A few reflections therefore may turn styles first.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Numbers by which a map is told the layer.
_TOLD = 16


class Translator(nn.Module):
    """Styles of W+ to the structured space of the same shape, and back.

    Args:
        mean_w, spread_w: (K,) of the generator's W, K even; the couplings act in units of its spread.
        layers: L. couplings: how many. hidden: width of their maps' two hidden layers.
        seed: of the halves and of the first weights.
        turned: how many first coordinates reflections may turn to directions (`begin_with`); 0 for none, as in NICE.

    Example:
        >>> import torch
        >>> from explorer.science.translation import Translator
        >>> translator = Translator(torch.zeros(512), torch.ones(512), layers=23, couplings=2, hidden=8)
        >>> styles = torch.randn(2, 23, 512)
        >>> structured = translator(styles)
        >>> structured.shape, torch.allclose(translator.inverse(structured), styles, atol=1e-5)
        (torch.Size([2, 23, 512]), True)
    """

    mean_w: Tensor
    spread_w: Tensor
    reflections: Tensor

    def __init__(
        self,
        mean_w: Tensor,
        spread_w: Tensor,
        layers: int,
        couplings: int = 8,
        hidden: int = 384,
        seed: int = 0,
        turned: int = 0,
    ) -> None:
        super().__init__()
        width = len(mean_w)
        if width % 2:
            raise ValueError(f"styles of {width} numbers have no halves")
        random = torch.Generator().manual_seed(seed)
        self.couplings = nn.ModuleList(
            _Coupling(torch.randperm(width, generator=random), layers, hidden) for _ in range(couplings)
        )
        for name, parameter in self.couplings.named_parameters():
            # At first nothing is added to any half: T begins as the styles' own units.
            if parameter.ndim == 1 or ".last." in name:
                nn.init.zeros_(parameter)
            else:
                parameter.data.copy_(torch.randn(parameter.shape, generator=random) / parameter.shape[1] ** 0.5)
        self.log_scale = nn.Parameter(torch.zeros(width))
        self.register_buffer("mean_w", mean_w.detach().clone())
        self.register_buffer("spread_w", spread_w.detach().clone())
        self.register_buffer("reflections", torch.zeros(turned, width))

    @torch.no_grad()
    def begin_with(self, directions: Tensor, middles: Tensor, halves: Tensor) -> None:
        """Let the first coordinates say what directions tell, before anything is learnt.

        Args:
            directions: (A, K) of length 1 at right angles to each other, in units of W's spread; A as `turned`.
            middles, halves: (A,) along them: what becomes 0, and how far from there is 1.

        Raises:
            ValueError: they are not so many, or not at right angles.
        """
        count = len(self.reflections)
        if directions.shape != self.reflections.shape or not torch.allclose(
            directions @ directions.T, torch.eye(count).to(directions), atol=1e-4
        ):
            raise ValueError(f"{count} directions of length 1 at right angles are needed")
        self.reflections.zero_()
        for place in range(count):
            # What the reflections so far have made of the direction becomes the coordinate's own (Householder 1958).
            away = self._turned(directions[place])
            away[place] -= 1.0
            if away.norm() > 1e-6:
                self.reflections[place] = away / away.norm()
            for coupling in reversed(self.couplings):
                assert isinstance(coupling, _Coupling), "there is nothing else"
                at = torch.nonzero(coupling.moved == place)[:, 0]
                if len(at):
                    coupling.last.bias[at] = -middles[place]
                    break
            self.log_scale[place] = -halves[place].log()

    def _turned(self, x: Tensor, back: bool = False) -> Tensor:
        """Reflected in turn, or the same backwards."""
        for away in reversed(self.reflections) if back else self.reflections:
            # By the length as it was rounded: only so it is its own way back in any precision.
            squared = (away @ away).clamp_min(torch.finfo(away.dtype).tiny)
            x = x - (2 / squared) * (x @ away)[..., None] * away
        return x

    def forward(self, styles: Tensor) -> Tensor:
        """Styles (B, L, K) to the structured space."""
        x = self._turned((styles - self.mean_w) / self.spread_w)
        for coupling in self.couplings:
            x = coupling(x, 1.0)
        return x * self.log_scale.exp()

    def inverse(self, structured: Tensor) -> Tensor:
        """From the structured space (B, L, K) back to styles."""
        x = structured * (-self.log_scale).exp()
        for coupling in reversed(self.couplings):
            x = coupling(x, -1.0)
        return self.mean_w + self.spread_w * self._turned(x, back=True)

    def log_determinant(self, layers: int) -> Tensor:
        """Of the Jacobian of so many layers, in units of W's spread: couplings have none (NICE, eq. 5)."""
        return layers * self.log_scale.sum()


class _Coupling(nn.Module):
    """Adds to one half what the other half, and the layer, tell."""

    kept: Tensor
    moved: Tensor

    def __init__(self, order: Tensor, layers: int, hidden: int) -> None:
        super().__init__()
        half = len(order) // 2
        self.register_buffer("kept", order[:half].sort().values)
        self.register_buffer("moved", order[half:].sort().values)
        self.told = nn.Parameter(torch.zeros(layers, _TOLD))
        self.first = nn.Linear(half + _TOLD, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, half)

    def forward(self, x: Tensor, sign: float) -> Tensor:
        """(B, L, K), with what is told added or taken away."""
        told = self.told.expand(len(x), -1, -1)
        hidden = F.gelu(self.first(torch.cat([x[..., self.kept], told], -1)))
        added = self.last(F.gelu(self.second(hidden)))
        return x.index_add(-1, self.moved, added, alpha=sign)


def handles_of(structured: Tensor, elements: Mapping[str, int]) -> dict[str, Tensor]:
    """What handles say of faces: the mean of an attribute's element over the layers (DIFFUSE 5.3.4), (B,) each.

    Args:
        structured: (B, L, K). elements: of each attribute, the coordinate that is its handle in every layer.

    Raises:
        ValueError: two attributes have one element, or there is no such coordinate.
    """
    _check(elements, structured.shape[-1])
    return {name: structured[..., element].mean(-1) for name, element in elements.items()}


def with_handles(structured: Tensor, elements: Mapping[str, int], values: Mapping[str, Tensor | float]) -> Tensor:
    """Faces with handles set: an attribute's element is the same in every layer (DIFFUSE 5.3.4).

    Args:
        structured: (B, L, K). elements: as of `handles_of`. values: (B,) or one for all, of those that are set.

    Raises:
        ValueError: as of `handles_of`; a value is of an attribute without a handle.
    """
    _check(elements, structured.shape[-1])
    unknown = sorted(values.keys() - elements.keys())
    if unknown:
        raise ValueError(f"{unknown[0]} has no handle; there are {', '.join(elements) or 'none'}")
    changed = structured.clone()
    for name, value in values.items():
        numbers = torch.as_tensor(value, dtype=structured.dtype, device=structured.device)
        changed[..., elements[name]] = numbers.reshape(-1, 1)
    return changed


def _check(elements: Mapping[str, int], width: int) -> None:
    if len(set(elements.values())) < len(elements):
        raise ValueError("two attributes cannot have one element for a handle")
    beyond = [name for name, element in elements.items() if not 0 <= element < width]
    if beyond:
        raise ValueError(f"the handle of {beyond[0]} is no coordinate: there are {width}")
