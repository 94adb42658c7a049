"""An embedding made noisier, coarser or shorter: how much of what it tells survives that?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.edits import VectorEdit

Vector = NDArray[np.float32]

# Streams of randomness that no other use of the same seed shares, whatever made the vector included.
_NOISE, _DROPPED = 0x6E6F6973, 0x64726F70


def perturbed(vector: Vector, edit: VectorEdit) -> Vector:
    """Add noise, quantise and drop components, each where the edit asks for it, in this order.

    Args:
        vector: (D,) finite, not zero.

    Returns:
        (D,) float32; the vector itself where nothing is asked for.

    Raises:
        ValueError: nothing but zeros would be left.

    Example:
        >>> import numpy as np
        >>> from explorer.science.leakage import VectorEdit, perturbed
        >>> vector = np.sin(np.arange(512, dtype=np.float32))
        >>> int((perturbed(vector, VectorEdit(drop=0.25)) == 0).sum()) - int((vector == 0).sum())
        128
        >>> perturbed(vector, VectorEdit()) is vector
        True
    """
    if edit.noise > 0:
        vector = with_noise(vector, edit.noise, edit.noise_seed)
    if edit.bits is not None:
        vector = quantised(vector, edit.bits)
    if edit.drop > 0:
        vector = thinned(vector, edit.drop, edit.noise_seed)
    if not vector.any():
        raise ValueError("nothing but zeros is left of the embedding: drop less of it, or choose another seed")
    return vector


def with_noise(vector: Vector, amount: float, seed: int) -> Vector:
    """Add Gaussian noise, equal in every component, whose expected length is `amount` times the vector's.

    The direction of the noise follows from the seed alone, so that more noise leads further the same way. As noise and
    vector are nearly orthogonal, the cosine between before and after is about 1 / sqrt(1 + amount^2).

    Args:
        vector: (D,). amount: at least 0.
    """
    direction = np.random.default_rng((seed, _NOISE)).standard_normal(len(vector))
    spread = amount * float(np.linalg.norm(vector)) / np.sqrt(len(vector))
    noisy: Vector = (vector + spread * direction).astype(np.float32)
    return noisy


def quantised(vector: Vector, bits: int) -> Vector:
    """Round every component to the middle of one of 2^bits equal steps between -peak and peak, its largest size.

    No step's middle is zero: with one bit the signs alone are left.

    Args:
        vector: (D,). bits: at least 1.
    """
    peak = float(np.abs(vector).max())
    if peak == 0:
        return vector
    levels = 2**bits
    step = 2 * peak / levels
    number = np.clip(np.floor((vector.astype(np.float64) + peak) / step), 0, levels - 1)
    rounded: Vector = ((number + 0.5) * step - peak).astype(np.float32)
    return rounded


def thinned(vector: Vector, share: float, seed: int) -> Vector:
    """Set a share of the components to zero, chosen by the seed alone; a larger share drops those of a smaller too.

    Args:
        vector: (D,). share: in [0, 1]; of the components as many are dropped as come nearest to it.
    """
    order = np.random.default_rng((seed, _DROPPED)).permutation(len(vector))
    left = vector.copy()
    left[order[: round(share * len(vector))]] = 0
    return left
