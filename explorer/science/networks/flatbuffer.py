"""Read tables of a flatbuffer, every step checked against the file's length (https://flatbuffers.dev/internals)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from explorer.science.networks.errors import NetworkFileError

# Of one vector. Many places may point at the same one, so that a small file could hold any number of them.
_MOST_TABLES, _MOST_NUMBERS = 1 << 16, 1 << 16


@dataclass(frozen=True)
class Table:
    """One table: fields by their places in the schema.

    Raises:
        NetworkFileError: by every method, where what it is asked for would lie outside of the file.
    """

    data: bytes
    place: int

    def _number(self, form: str, place: int) -> int | float:
        try:
            number: int | float = struct.unpack_from("<" + form, self.data, place)[0] if place >= 0 else 1 / 0
        except (struct.error, ZeroDivisionError, OverflowError) as error:
            raise NetworkFileError("the file is damaged: it points outside of itself") from error
        return number

    def _whole(self, form: str, place: int) -> int:
        return int(self._number(form, place))

    def _field(self, place: int) -> int:
        """Where a field lies, 0 if the table has none."""
        described = self.place - self._whole("i", self.place)
        length = self._whole("H", described)
        offset = 4 + 2 * place
        inside = self._whole("H", described + offset) if offset < length else 0
        return self.place + inside if inside else 0

    def scalar(self, place: int, form: str, default: float = 0) -> int | float:
        """A number of the struct module's form."""
        at = self._field(place)
        return self._number(form, at) if at else default

    def whole(self, place: int, form: str = "i", default: int = 0) -> int:
        """A whole number."""
        return int(self.scalar(place, form, default))

    def table(self, place: int) -> Table | None:
        """A table that a field points at."""
        at = self._field(place)
        return Table(self.data, at + self._whole("I", at)) if at else None

    def _vector(self, place: int) -> tuple[int, int]:
        at = self._field(place)
        if not at:
            return 0, 0
        start = at + self._whole("I", at)
        return start + 4, self._whole("I", start)

    def bytes_of(self, place: int, most: int | None = None) -> bytes:
        """A vector of bytes, or a text; no longer than `most`, as what stands at many places could be."""
        start, count = self._vector(place)
        if start + count > len(self.data) or (most is not None and count > most):
            raise NetworkFileError("the file is damaged: it points outside of itself")
        return self.data[start : start + count]

    def numbers(self, place: int, form: str = "i", most: int = _MOST_NUMBERS) -> tuple[int, ...]:
        """A vector of numbers, no longer than `most`."""
        start, count = self._vector(place)
        width = struct.calcsize("<" + form)
        if start + width * count > len(self.data) or count > most:
            raise NetworkFileError("the file is damaged: it points outside of itself")
        return struct.unpack_from(f"<{count}{form}", self.data, start) if count else ()

    def tables(self, place: int) -> list[Table]:
        """A vector of tables."""
        start, count = self._vector(place)
        if start + 4 * count > len(self.data) or count > _MOST_TABLES:
            raise NetworkFileError("the file is damaged: it points outside of itself")
        return [Table(self.data, start + 4 * i + self._whole("I", start + 4 * i)) for i in range(count)]


def root(data: bytes, identifier: bytes) -> Table:
    """The table that a file begins with.

    Raises:
        NetworkFileError: the file is of another kind, or too short.
    """
    if len(data) < 8 or data[4:8] != identifier:
        raise NetworkFileError(f"the file is no flatbuffer of kind {identifier.decode()}")
    return Table(data, int.from_bytes(data[:4], "little"))
