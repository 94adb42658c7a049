"""What a black box may answer, read from strangers' bytes within bounds."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.names import shown
from explorer.studio.errors import UserError

LARGEST_ANSWER = 2**20
"""Bytes of one answer: a vector of 8,192 numbers written at length has about 200,000."""
LONGEST_VECTOR = 8192
_SHORTEST_VECTOR = 2
_LONGEST_REASON = 120

Vector = NDArray[np.float32]


class BlackBoxError(UserError):
    """A black box that cannot be asked, or does not answer as it should; the message says which and what to do."""


class TransientError(BlackBoxError):
    """An answer that did not come, or was put off: asking again may help.

    after: seconds that the black box asks to wait for; None where it does not say.
    left: whether the picture had left by then, so that it counts as a query.
    """

    def __init__(self, message: str, after: float | None = None, *, left: bool = True) -> None:
        super().__init__(message)
        self.after, self.left = after, left


def vector_in(data: bytes, name: str) -> Vector | None:
    """The vector (D,) of an answer, `{"vector": [...]}`; None where it holds an `error` in its place: no face was seen.

    Raises:
        BlackBoxError: it is neither, too large, or its numbers are no embedding.
    """
    if len(data) > LARGEST_ANSWER:
        raise BlackBoxError(f"{name} answered more than {LARGEST_ANSWER // 2**20} MB: that is not one embedding")
    try:
        answer: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise BlackBoxError(
            f'{name} answered {brief(data)!r}, which is not JSON: it should answer {{"vector": [...]}}'
        ) from None
    if isinstance(answer, dict) and "vector" not in answer and "error" in answer:
        return None
    values = answer.get("vector") if isinstance(answer, dict) else None
    if not isinstance(values, list):
        raise BlackBoxError(f'{name} answered no vector: it should answer {{"vector": [...]}}')
    return _checked(values, name)


def _checked(values: list[Any], name: str) -> Vector:
    if not _SHORTEST_VECTOR <= len(values) <= LONGEST_VECTOR:
        raise BlackBoxError(f"{name} answered {len(values)} numbers: an embedding has 2 to {LONGEST_VECTOR}")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise BlackBoxError(f"{name} answered a vector that does not hold numbers alone")
    try:
        with np.errstate(all="ignore"):
            vector = np.array(values, np.float64).astype(np.float32)
    except OverflowError:
        vector = np.full(len(values), np.inf, np.float32)
    if not np.isfinite(vector).all() or not vector.any():
        raise BlackBoxError(f"{name} answered numbers that are not finite, or zeros only: that is no embedding")
    return vector


def brief(data: bytes) -> str:
    """The beginning of what a stranger said, fit for one line."""
    return shown(" ".join(data[: 4 * _LONGEST_REASON].decode(errors="replace").split()))[:_LONGEST_REASON]
