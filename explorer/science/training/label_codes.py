"""Labels as whole numbers, small enough to travel.

A label is kept as the nearest multiple of a step that is fixed here, so that the same face has the same codes whoever
keeps it, and codes of more faces join them unchanged. The side of a threshold on which a value lies is kept too.
Steps are powers of two: what comes back is exact in float32, and becomes the same codes again.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.labels import LABELS, THRESHOLDS
from explorer.science.leakage.labels.histogram import BINS, LEVELS

# Counts of levels are kept in so many bins, each within a bin of the probes'.
HISTOGRAM_BINS = 2 * BINS
POINTS = "points"
_LEVEL, _LAST = 9, 2**14


@dataclass(frozen=True)
class LabelCode:
    """How a label is kept.

    step: of its values, in `unit`. shape: of a face's codes.
    behind: packed is what a code differs by from the one so many places before it, where neighbours move together;
        0 for the code itself.
    """

    step: float
    unit: str
    shape: tuple[int, ...]
    behind: int = 0

    def words(self) -> dict[str, Any]:
        """What a reader of the file needs to know, as JSON has it."""
        return {"step": self.step, "unit": self.unit, "shape": list(self.shape), "behind": self.behind}


_STEPS = {
    # The labeller gives halves of a pixel, each with a quarter added: they come back as they were.
    "landmarks": 1 / 4,
    "blendshapes": 1 / 256,
    "smile": 1 / 4096,
    "areas": 1 / 16384,
    "eyeglasses": 1 / 16384,
    "hat": 1 / 16384,
    "expression": 1 / 128,
    "age": 1 / 16,
    "male": 1 / 4096,
    "pose": 1 / 16,
    "histogram": 32.0,
}
# The labels, and the five points by which the labelled frame was cut out of the picture.
CODES: dict[str, LabelCode] = {
    name: LabelCode(
        _STEPS[name],
        spec.unit,
        (3, HISTOGRAM_BINS) if name == "histogram" else spec.shape,
        behind=2 if name == "landmarks" else 0,
    )
    for name, spec in LABELS.items()
} | {POINTS: LabelCode(1 / 8, "px of the 512 px picture", (5, 2))}

_BIN_OF_LEVEL = ((np.arange(LEVELS) + 0.5) * HISTOGRAM_BINS // LEVELS).astype(np.intp)
_FIRST_LEVELS = np.searchsorted(_BIN_OF_LEVEL, np.arange(HISTOGRAM_BINS))
_WIDTHS = np.bincount(_BIN_OF_LEVEL)


def to_codes(name: str, values: NDArray[Any]) -> NDArray[np.int16]:
    """The codes of a label of N faces.

    Args:
        name: in `CODES`.
        values: (N, ...) as `stacked` gives them, or (N, 5, 2) points.

    Returns:
        (N, ...): the shape of values, except (N, 3, 20) for histograms.

    Raises:
        ValueError: a value is not finite, or so large that no label of that name is.

    Example:
        >>> import numpy as np
        >>> from explorer.science.training.label_codes import from_codes, to_codes
        >>> float(from_codes("age", to_codes("age", np.array([33.3])))[0])
        33.3125
    """
    kept = binned_counts(values) if name == "histogram" else values
    multiples = kept.astype(np.float64) / CODES[name].step
    if not np.isfinite(multiples).all() or np.abs(multiples).max(initial=0) > _LAST:
        raise ValueError(f"{name} of a face is no number, or one that a label cannot have")
    codes = np.rint(multiples).astype(np.int16)
    if name in THRESHOLDS:
        # At the threshold the nearest multiple may lie across it; the next one does not.
        wanted, found = (_reached(name, side) for side in (values, from_codes(name, codes)))
        codes += wanted.astype(np.int16) - found.astype(np.int16)
    return codes


def from_codes(name: str, codes: NDArray[np.int16]) -> NDArray[Any]:
    """The values of a label by its codes: float32, and int32 (N, 3, 256) counts for histograms, even within a bin."""
    if name == "histogram":
        return _spread(codes.astype(np.int32) * int(CODES[name].step))
    return codes.astype(np.float32) * np.float32(CODES[name].step)


def binned_counts(counts: NDArray[Any]) -> NDArray[Any]:
    """(..., 256) counts of levels to those of the bins in which they are kept, (..., 20)."""
    summed: NDArray[Any] = np.add.reduceat(counts, _FIRST_LEVELS, -1)
    return summed


def most_error(name: str) -> float:
    """How far a value, or a bin's count, lies at most from what comes back, in the label's unit.

    Half a step, and a whole one where there is a threshold to be kept.
    """
    return CODES[name].step * (1.0 if name in THRESHOLDS else 0.5)


def errors(name: str, values: NDArray[Any]) -> NDArray[np.float64]:
    """How far the label of each of N faces lies from what comes back of its codes, (N, ...) in the label's unit; for a
    histogram the counts of its bins."""
    returned = from_codes(name, to_codes(name, values))
    both = [binned_counts(one) if name == "histogram" else one for one in (values, returned)]
    return np.abs(both[0].astype(np.float64) - both[1].astype(np.float64))


def pack(name: str, codes: NDArray[np.int16]) -> bytes:
    """The codes of N faces in few bytes, exactly: number by number, low bytes before high ones, compressed."""
    numbers = int(np.prod(CODES[name].shape, dtype=int))
    flat = codes.reshape(len(codes), numbers)
    behind = CODES[name].behind
    if behind:
        flat = np.concatenate([flat[:, :behind], flat[:, behind:] - flat[:, :-behind]], 1)
    # Small numbers of either sign become small ones without: 0, -1, 1, -2, ...
    plain = ((flat << 1) ^ (flat >> 15)).T.astype("<i2")
    planes = np.ascontiguousarray(plain).view(np.uint8).reshape(*plain.shape, 2).transpose(2, 0, 1)
    return zlib.compress(planes.tobytes(), _LEVEL)


def unpack(name: str, data: bytes, faces: int) -> NDArray[np.int16]:
    """The codes (N, ...) that were packed.

    Raises:
        ValueError: these are not the codes of so many faces.
    """
    code = CODES[name]
    numbers = int(np.prod(code.shape, dtype=int))
    size = 2 * faces * numbers
    try:
        raw = zlib.decompressobj().decompress(data, size + 1)  # no more, whatever the file says
    except zlib.error as error:
        raise ValueError(f"{name} cannot be unpacked: {error}") from error
    if len(raw) != size:
        raise ValueError(f"{name} does not hold the {size} bytes of {faces} faces")
    planes = np.frombuffer(raw, np.uint8).reshape(2, numbers, faces)
    plain = np.ascontiguousarray(planes.transpose(1, 2, 0)).view("<u2")[..., 0].astype(np.uint16)
    flat = ((plain >> 1) ^ -(plain & 1)).view(np.int16).T
    if code.behind:
        flat = flat.reshape(faces, numbers // code.behind, code.behind).cumsum(1, dtype=np.int16)
    return np.ascontiguousarray(flat).reshape(faces, *code.shape)


def _reached(name: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    reached: NDArray[np.bool_] = values.astype(np.float32) >= THRESHOLDS[name]
    return reached


def _spread(bins: NDArray[np.int32]) -> NDArray[np.int32]:
    """(..., 20) counts of bins to those of their levels, (..., 256), which add up to them."""
    even, rest = np.divmod(bins, _WIDTHS)
    place = np.arange(LEVELS) - _FIRST_LEVELS[_BIN_OF_LEVEL]
    spread: NDArray[np.int32] = even[..., _BIN_OF_LEVEL] + (place < rest[..., _BIN_OF_LEVEL])
    return spread.astype(np.int32)
