"""The pictures of steps already seen, so that sliding back through them costs nothing."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray


class Pictures:
    """The pictures of one run by step, within a budget of bytes; the least recently used go first."""

    def __init__(self, budget: int = 96 * 2**20) -> None:
        self._budget = budget
        self._held = 0
        self._pictures: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()

    def put(self, index: int, image: NDArray[np.uint8]) -> None:
        """Keep a step's picture."""
        self._held += image.nbytes - (self._pictures[index].nbytes if index in self._pictures else 0)
        self._pictures[index] = image
        self._pictures.move_to_end(index)
        while self._held > self._budget and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._held -= dropped.nbytes

    def get(self, index: int) -> NDArray[np.uint8] | None:
        """A step's picture, or None where it has to be drawn again."""
        if index in self._pictures:
            self._pictures.move_to_end(index)
        return self._pictures.get(index)
