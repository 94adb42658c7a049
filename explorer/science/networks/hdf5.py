"""What is read of an HDF5 file of strangers: data sets that lie in it, and are no larger than it can hold.

HDF5 makes room for whatever a header says, follows links into other files, and unpacks a chunk however long it gets.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DEFLATE, _SHUFFLE, _CHECKSUM = 1, 2, 3
# Weights hardly compress: a header that says otherwise promises what is not there.
_TIGHTEST = 64
# Of all numbers that are read, so many bytes and for each of the file's so many more.
_ROOM, _ROOM_FOR_EACH, _MOST_ROOM = 1 << 24, 4, 1 << 30
_LARGEST_ATTRIBUTE, _MOST_CHUNKS = 64 << 20, 1 << 18


class Hdf5Error(ValueError):
    """An HDF5 file holds something that is not read; the message says what."""


class OwnNumbers:
    """Reads data sets and attributes of one open file.

    Args:
        size: of the file, in bytes.
        kinds: of numbers that are read, as numpy's `dtype.kind`.
    """

    def __init__(self, size: int, kinds: str = "fiu") -> None:
        self._size, self._kinds = size, kinds
        self._left = min(_MOST_ROOM, _ROOM + _ROOM_FOR_EACH * size)

    def read(self, found: Any, name: str) -> NDArray[Any]:
        """All numbers of a data set.

        Raises:
            Hdf5Error: it is none, lies in another file, or says that it holds more than the file does.
        """
        import h5py

        if not isinstance(found, h5py.Dataset) or found.external is not None or found.is_virtual:
            raise Hdf5Error(f"{name[:80]!r} does not lie in the file itself")
        if found.dtype.kind not in self._kinds:
            raise Hdf5Error(f"{name[:80]!r} holds {str(found.dtype)[:40]}, not numbers of a network")
        self._refuse_empty_promise(found, name)
        return np.asarray(found[()])

    def _refuse_empty_promise(self, found: Any, name: str) -> None:
        count, width = math.prod(found.shape), int(found.dtype.itemsize)
        stored = int(found.id.get_storage_size())
        packed = found.id.get_create_plist().get_nfilters() > 0
        if count * width > (_TIGHTEST if packed else 1) * stored or stored > self._size:
            raise Hdf5Error(f"{name[:80]!r} says that it holds {count} numbers, which the file does not have")
        self._left -= count * width
        if self._left < 0:
            raise Hdf5Error("the file says that it holds more numbers than a file of its size can")
        if found.chunks is not None:
            self._refuse_bombs(found, name, count * width)

    def _refuse_bombs(self, found: Any, name: str, size: int) -> None:
        """Unpack each chunk as far as it should go: HDF5 would go on to its end."""
        plan = found.id.get_create_plist()
        kinds = [plan.get_filter(place)[0] for place in range(plan.get_nfilters())]
        if not set(kinds) <= {_DEFLATE, _SHUFFLE, _CHECKSUM}:
            raise Hdf5Error(f"{name[:80]!r} is packed in a way that is not supported: save it unpacked")
        chunk, chunks = math.prod(found.chunks) * int(found.dtype.itemsize), int(found.id.get_num_chunks())
        if chunk > 4 * size + _ROOM or chunks > _MOST_CHUNKS:
            raise Hdf5Error(f"{name[:80]!r} is parted in a way that no network's or model's numbers are")
        if _DEFLATE not in kinds:
            return
        for place in range(chunks):
            about = found.id.get_chunk_info(place)
            if about.size > 2 * chunk + _ROOM:
                raise Hdf5Error(f"{name[:80]!r} is damaged")
            _, content = found.id.read_direct_chunk(about.chunk_offset)
            # Behind the numbers a checksum may stand.
            if not about.filter_mask and len(zlib.decompressobj().decompress(content, chunk + 5)) > chunk + 4:
                raise Hdf5Error(f"{name[:80]!r} unpacks to more than it says that it holds")

    def attribute(self, group: Any, name: str) -> Any:
        """An attribute, None where there is none.

        Raises:
            Hdf5Error: it is larger than any network's.
        """
        if name not in group.attrs:
            return None
        about = group.attrs.get_id(name)
        promised = math.prod(about.shape) * about.dtype.itemsize
        # An empty one has no storage, of which HDF5 would make an error: Keras writes such for layers without weights.
        if promised and max(promised, about.get_storage_size()) > _LARGEST_ATTRIBUTE:
            raise Hdf5Error(f"its {name[:80]!r} is larger than any network's")
        return group.attrs[name]


def own_member(group: Any, path: str) -> Any:
    """What stands at a path and lies in the file itself; None where there is none, or a link leads elsewhere."""
    import h5py

    here = group
    for part in filter(None, path.split("/")):
        if not isinstance(here, h5py.Group) or not isinstance(here.get(part, getlink=True), h5py.HardLink):
            return None
        here = here[part]
    return here
