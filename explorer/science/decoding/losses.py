"""What a decoder is made to lose: eqs. 2-5, over the whole picture and over the central face.

Printed are sums over all numbers, whose sizes differ by orders of magnitude from network to network; ours are means
over the numbers of pictures in [0, 1], and of features in units of their root mean square on training faces, so that
weights of 1 mean something. The printed sums are a choice of the settings.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.science.decoding.perceptual import Perceptual
from explorer.science.decoding.settings import LOSSES, DecoderSettings, Scaling

# The central face in the common frame, in shares of its side: brows to chin, ear to ear.
_LEFT, _TOP, _SIDE = 0.2, 0.27, 0.6


def central_face(pictures: Tensor) -> Tensor:
    """The narrow area of the face, x_l of section 3.2: (B, 3, S, S) to (B, 3, s, s), s = 0.6 S.

    Example:
        >>> import torch
        >>> from explorer.science.decoding.losses import central_face
        >>> central_face(torch.zeros(1, 3, 112, 112)).shape
        torch.Size([1, 3, 67, 67])
    """
    top, left, side = _central(pictures.shape[-1])
    return pictures[..., top : top + side, left : left + side]


def padded_face(pictures: Tensor) -> Tensor:
    """The central face where it is, in black: what the perceptual network is shown of it (section 3.3).

    Example:
        >>> import torch
        >>> from explorer.science.decoding.losses import padded_face
        >>> int(padded_face(torch.ones(1, 1, 10, 10)).sum())
        36
    """
    top, left, side = _central(pictures.shape[-1])
    inside = torch.zeros_like(pictures[:1, :1])
    inside[..., top : top + side, left : left + side] = 1
    return pictures * inside


def _central(whole: int) -> tuple[int, int, int]:
    return round(_TOP * whole), round(_LEFT * whole), round(_SIDE * whole)


def squared_norm(difference: Tensor, scaling: Scaling) -> Tensor:
    """The squared norm of differences (B, ...), averaged over the batch: a mean over their numbers, or the sum."""
    squares = difference.square()
    return squares.mean() if scaling == "means" else squares.sum() / len(difference)


def pixel_loss(wanted: Tensor, decoded: Tensor, scaling: Scaling = "means") -> Tensor:
    """Eq. 3, of pictures (B, 3, H, W)."""
    return squared_norm(wanted - decoded, scaling)


def gradient_loss(wanted: Tensor, decoded: Tensor, scaling: Scaling = "means") -> Tensor:
    """Eq. 4: differences to the next pixel to the right and below.

    Example:
        >>> import torch
        >>> from explorer.science.decoding.losses import gradient_loss
        >>> picture = torch.rand(1, 3, 8, 8)
        >>> gradient_loss(picture, picture + 0.25).item() < 1e-12  # brightness has no edges
        True
    """
    difference = wanted - decoded
    across, down = difference.diff(dim=-1), difference.diff(dim=-2)
    return squared_norm(torch.cat([across.flatten(1), down.flatten(1)], dim=1), scaling)


class DecoderLoss:
    """Eq. 2 with the settings' weights.

    Args:
        settings: weights and scaling.
        perceptual: of eq. 5; may be None where no perceptual term acts.
        faces: (N, 3, S, S) training faces in [0, 1], on whose features the unit of features is measured.

    Raises:
        ValueError: a perceptual term acts and there is no network.

    Example:
        >>> import torch
        >>> from explorer.science.decoding import DecoderLoss, DecoderSettings
        >>> settings = DecoderSettings(weights={"perceptual": 0, "local_perceptual": 0})
        >>> faces = torch.rand(2, 3, 64, 64)
        >>> losses = DecoderLoss(settings, None, faces)(faces, faces)
        >>> float(losses["loss"]), list(losses)
        (0.0, ['loss', 'pixel', 'gradient', 'local_pixel', 'local_gradient'])
    """

    def __init__(self, settings: DecoderSettings, perceptual: Perceptual | None, faces: Tensor) -> None:
        self._settings, self._perceptual = settings, perceptual
        acting = [name for name in ("perceptual", "local_perceptual") if name in settings.acting]
        if acting and perceptual is None:
            raise ValueError(f"the term {acting[0]} needs a perceptual network")
        shown = {"perceptual": lambda pictures: pictures, "local_perceptual": padded_face}
        measured = acting if settings.scaling == "means" else []
        self.mean_squares: dict[str, float] = {name: self._mean_square(shown[name](faces)) for name in measured}
        """Mean squares of the features of whole training faces, and of their centres, by term; none of sums."""

    def __call__(self, wanted: Tensor, decoded: Tensor) -> Mapping[str, Tensor]:
        """Compare pictures (B, 3, S, S); "loss" is the weighted sum, besides the terms that act, unweighted."""
        acting = self._settings.acting
        terms = {name: self._term(name, wanted, decoded) for name in LOSSES if name in acting}
        total = torch.stack([self._settings.weight(name) * term for name, term in terms.items()]).sum()
        return {"loss": total, **terms}

    def _term(self, name: str, wanted: Tensor, decoded: Tensor) -> Tensor:
        scaling = self._settings.scaling
        kind = name.removeprefix("local_")
        local = kind != name
        if kind == "perceptual":
            return self._perceptual_loss(name, wanted, decoded)
        if local:
            wanted, decoded = central_face(wanted), central_face(decoded)
        return (pixel_loss if kind == "pixel" else gradient_loss)(wanted, decoded, scaling)

    def _perceptual_loss(self, name: str, wanted: Tensor, decoded: Tensor) -> Tensor:
        """Eq. 5."""
        assert self._perceptual is not None, "it was asked for"
        if name.startswith("local_"):
            wanted, decoded = padded_face(wanted), padded_face(decoded)
        with torch.no_grad():
            goal = self._perceptual(wanted)
        loss = squared_norm((self._perceptual(decoded) - goal).float(), self._settings.scaling)
        return loss / self.mean_squares[name] if self._settings.scaling == "means" else loss

    @torch.no_grad()
    def _mean_square(self, pictures: Tensor, chunk: int = 16) -> float:
        assert self._perceptual is not None, "it was asked for"
        squares = [self._perceptual(part).float().square().mean((1, 2, 3)) for part in pictures.split(chunk)]
        return max(float(torch.cat(squares).double().mean()), 1e-12)
