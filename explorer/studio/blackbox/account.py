"""Questions to a black box, counted: a budget, a pace, repetitions of what failed, and no picture asked about twice."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.science.names import shown
from explorer.studio.blackbox.answer import BlackBoxError, TransientError, Vector
from explorer.studio.blackbox.answers import Answers, KeptAnswer, picture_hash
from explorer.studio.blackbox.client import BlackBox

# Waits before a picture is sent again, each twice as long as the one before, unless the black box says how long.
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


class BudgetSpentError(BlackBoxError):
    """No question is left of the budget."""


@dataclass(frozen=True)
class Manner:
    """How a black box is asked. rate: pictures a second at most; as many as it takes where None. retries: how often one
    is sent again that brought no answer."""

    rate: float | None = None
    retries: int = 3


@dataclass
class Count:
    """What was asked. used: pictures that count against the budget. sent: of these, how many left the machine now; the
    others had been answered before. refused: answered, but no face was found. repeated: sent again."""

    used: int = 0
    sent: int = 0
    refused: int = 0
    repeated: int = 0


class Account:
    """Asks a black box within a budget.

    Each picture counts once for an attack, whether it is sent now or was answered in an earlier run: a run that goes on
    costs what it would have cost at one stroke. A picture that is sent again counts again, and so does one in which no
    face is found.

    Args:
        box: the black box. answers: what it has answered so far. budget: questions at most; without bound where None.
        manner: how it is asked. now, pause: the clock in seconds, and what waits for so many.

    Attributes:
        count: so far.
    """

    def __init__(
        self,
        box: BlackBox,
        answers: Answers,
        budget: int | None = None,
        manner: Manner | None = None,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._box, self._answers, self._budget = box, answers, budget
        self._manner, self._now, self._pause = manner or Manner(), now, pause
        self._next, self._dimension = -float("inf"), 0
        self._counted: set[str] = set()
        self.count = Count()

    @property
    def left(self) -> float:
        """Questions that may still be asked; infinite without a budget."""
        return float("inf") if self._budget is None else self._budget - self.count.used

    def known(self, picture: str) -> KeptAnswer | None:
        """What was answered for a picture, by its hash (`picture_hash`); it counts as asked. None where it was not."""
        kept = self._answers.get(picture)
        if kept is not None:
            self._same_size(kept.vector)
            if self._charge(picture):
                self._note(kept.vector)
        return kept

    def ask(
        self,
        frames: Sequence[NDArray[np.uint8]],
        photograph: str | None = None,
        pictures: Sequence[str] | None = None,
    ) -> list[Vector | None]:
        """The vectors (D,) of faces; None where the black box finds none.

        Args:
            frames: (H, W, 3) RGB each. photograph: sha256 of the one that they show, if any.
            pictures: by which hashes they are known, where these are known already: drawn again, a frame may differ
                from itself in a last bit.

        Raises:
            BudgetSpentError: the budget is spent; what was answered before that is kept.
            BlackBoxError: it cannot be asked, or gives vectors of different sizes.
        """
        known_as = pictures or [picture_hash(frame) for frame in frames]
        return [self._one(picture, frame, photograph) for picture, frame in zip(known_as, frames, strict=True)]

    def _one(self, picture: str, frame: NDArray[np.uint8], photograph: str | None) -> Vector | None:
        kept = self.known(picture)
        if kept is None:
            self._charge(picture)
            vector = self._sent(_png(frame))
            self._same_size(vector)
            kept = KeptAnswer(vector, photograph)
            self._answers.keep(picture, kept)
            self._note(vector)
        elif photograph is not None and kept.photograph is None:
            # Else it would outlive the photograph that it is of.
            self._answers.keep(picture, KeptAnswer(kept.vector, photograph))
        return kept.vector

    def _charge(self, picture: str) -> bool:
        """Count a picture where it was not counted yet, and say whether it was not."""
        if picture in self._counted:
            return False
        self._spend()
        self._counted.add(picture)
        return True

    def _spend(self) -> None:
        if self.left < 1:
            raise BudgetSpentError(f"the budget of {self._budget} queries is spent: give more with --queries")
        self.count.used += 1

    def _note(self, vector: Vector | None) -> None:
        if vector is None:
            self.count.refused += 1
        else:
            self._dimension = self._dimension or len(vector)

    def _same_size(self, vector: Vector | None) -> None:
        if vector is not None and self._dimension and len(vector) != self._dimension:
            raise BlackBoxError(
                f"{self._box.name} answered {len(vector)} numbers where it had answered {self._dimension}: "
                "where it is another encoder now, take none of its earlier answers, with --ask-anew"
            )

    def _sent(self, png: bytes) -> Vector | None:
        wait, left = _FIRST_WAIT, False
        for attempt in range(self._manner.retries + 1):
            if left:
                self._spend()
                self.count.repeated += 1
            self._keep_pace()
            self.count.sent += 1
            try:
                return self._box.embed(png)
            except TransientError as error:
                left = error.left
                self.count.sent -= not left
                if attempt == self._manner.retries:
                    times = f", {attempt + 1} times" if attempt else ""
                    raise BlackBoxError(f"{shown(str(error))}{times}") from None
                self._pause(wait if error.after is None else error.after)
                wait = min(2 * wait, _LONGEST_WAIT)
        raise AssertionError("the last attempt returns or raises")

    def _keep_pace(self) -> None:
        if self._manner.rate is None:
            return
        early = self._next - self._now()
        if early > 0:
            self._pause(early)
        self._next = max(self._now(), self._next) + 1 / self._manner.rate


def _png(frame: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
