"""The one interface of every black box: a picture goes out, a vector comes back."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from explorer.studio.blackbox.answer import Vector


class BlackBox(Protocol):
    """An encoder that answers only embeddings.

    Attributes:
        name: what messages and records call it: its address, or its program's name.
        key: tells it from others in the cache: what is kept of its answers lies under a hash of this.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - said above

    @property
    def key(self) -> str: ...  # noqa: D102 - said above

    def embed(self, png: bytes) -> Vector | None:
        """The vector (D,) of the face in a picture; None where the black box finds none.

        Args:
            png: the picture, a PNG.

        Raises:
            TransientError: no answer came in time, or it was put off; asking again may help.
            BlackBoxError: it cannot be asked, or answered what is no answer.
        """
        ...

    def close(self) -> None:
        """End the connection, or the program."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
