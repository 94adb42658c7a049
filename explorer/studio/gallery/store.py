"""What was found in photographs, kept in the cache so that a folder is never read twice: one file a photograph.

It is named by the photograph's hash and holds the faces' points, embeddings and thumbnails: biometric data, readable
by their owner only, and gone when a face of the photograph is forgotten. What another detector found is not believed,
and each encoder's embeddings stand under the hash of its network: where an encoder is new, or is another one by now,
the photograph is embedded by that one alone. What was not used for longest goes when it becomes too much.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from explorer.science.faces.face import Face
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

FOLDER = "gallery"
_LARGEST = 64 * 2**20
# Of all that is kept, in bytes: with about 15 KB a face, some seventy thousand of them. Past it, files go until a
# tenth is free, so that the folders are not looked through for every photograph that is read.
BUDGET = 2**30
_KEPT_OF_IT = 0.9
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class Found:
    """What was found in a photograph.

    vectors: by encoder, (n, D) float32, of the encoders that have looked at it. thumbnails: JPEGs.
    """

    faces: tuple[Face, ...]
    vectors: Mapping[str, NDArray[np.float32]]
    thumbnails: tuple[bytes, ...]


@dataclass(frozen=True)
class Maker:
    """An encoder whose embeddings are kept. sha256: of its network's file. dimension: D of its embeddings."""

    sha256: str
    dimension: int


class Store:
    """Keeps what was found.

    Args:
        root: the cache folder.
        found_by: hash of the network that finds faces.
        makers: the encoders whose embeddings are kept, by their names.
        together: of these encoders, earlier versions of the program kept the embeddings in one folder, without saying
            of each which network had made it; what lies there is used as well.
        budget: how many bytes all files may take, those of other networks included.
    """

    def __init__(
        self,
        root: Path,
        found_by: str,
        makers: Mapping[str, Maker],
        together: Sequence[str] = (),
        budget: int = BUDGET,
    ) -> None:
        self._all = root / FOLDER
        self._folder = self._all / _digest("faces", found_by)
        self._names = {encoder: f"vectors/{encoder}@{maker.sha256[:16]}" for encoder, maker in makers.items()}
        self._dimensions = {encoder: maker.dimension for encoder, maker in makers.items()}
        self._earlier = self._all / _digest(found_by, *(makers[encoder].sha256 for encoder in together))
        self._earlier_names = {encoder: f"vectors/{encoder}" for encoder in together}
        self._budget = budget
        self._held: int | None = None

    def get(self, sha256: str) -> Found | None:
        """What was found in a photograph; None where nothing is kept that can be used."""
        found = self._found(self._folder / f"{sha256}.safetensors", self._names)
        if found is None and self._earlier_names:
            found = self._found(self._earlier / f"{sha256}.safetensors", self._earlier_names)
        return found

    def put(self, sha256: str, found: Found) -> None:
        """Keep what was found, in the place of what is kept of it. A cache that cannot be written to is done without.

        Embeddings of encoders that this does not know are not kept.
        """
        arrays: dict[str, NDArray[Any]] = {
            "points": np.array([face.points for face in found.faces], np.float64),
            "boxes": np.array([face.box for face in found.faces], np.float64),
            "scores": np.array([face.score for face in found.faces], np.float64),
            "lengths": np.array([len(one) for one in found.thumbnails], np.int64),
            "thumbnails": np.frombuffer(b"".join(found.thumbnails), np.uint8),
            **{
                self._names[encoder]: np.ascontiguousarray(some)
                for encoder, some in found.vectors.items()
                if encoder in self._names
            },
        }
        data = save(arrays)
        with suppress(OSError, UserError):
            places.private_folder(self._folder)
            atomic_write(self._folder / f"{sha256}.safetensors", data, settled=False)
            (self._earlier / f"{sha256}.safetensors").unlink(missing_ok=True)
            self._make_room(len(data))

    def forget(self, sha256s: Iterable[str]) -> None:
        """Remove what is kept of photographs, whichever networks found it.

        Raises:
            OSError: a file cannot be removed.
        """
        folders = [folder for folder in self._all.iterdir() if folder.is_dir()] if self._all.is_dir() else []
        for sha256 in sha256s:
            if _SHA256.fullmatch(sha256):
                for folder in folders:
                    (folder / f"{sha256}.safetensors").unlink(missing_ok=True)

    def _make_room(self, added: int) -> None:
        """Remove what was not used for longest, where more is kept than may be.

        What is held is known from the last look, and may have become less since.
        """
        if self._held is not None and self._held + added <= self._budget:
            self._held += added
            return
        kept = [(file.stat(), file) for file in self._all.glob("*/*.safetensors")]
        self._held = sum(about.st_size for about, _ in kept)
        if self._held > self._budget:
            for about, file in sorted(kept, key=lambda one: one[0].st_mtime_ns):
                if self._held <= _KEPT_OF_IT * self._budget:
                    break
                file.unlink(missing_ok=True)
                self._held -= about.st_size

    def _found(self, file: Path, names: Mapping[str, str]) -> Found | None:
        try:
            if file.stat().st_size > _LARGEST:
                return None
            data = file.read_bytes()
            with suppress(OSError):
                os.utime(file)  # says when it was used last
            return self._read(load(data), names)
        except (OSError, SafetensorError, KeyError, ValueError, TypeError):
            return None

    def _read(self, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, str]) -> Found | None:
        points, boxes, scores = (np.asarray(arrays[name], np.float64) for name in ("points", "boxes", "scores"))
        lengths, data = np.asarray(arrays["lengths"], np.int64), arrays["thumbnails"].tobytes()
        count = len(lengths)
        vectors = {encoder: arrays[name] for encoder, name in names.items() if name in arrays}
        shapes = [(points.shape, (count, 5, 2)), (boxes.shape, (count, 4)), (scores.shape, (count,))]
        shapes += [(some.shape, (count, self._dimensions[encoder])) for encoder, some in vectors.items()]
        floats = all(some.dtype == np.float32 and np.isfinite(some).all() for some in vectors.values())
        if any(shape != wanted for shape, wanted in shapes) or not floats or int(lengths.sum()) != len(data):
            return None
        ends = np.cumsum(lengths).tolist()
        faces = tuple(
            Face(points[row], (float(box[0]), float(box[1]), float(box[2]), float(box[3])), float(scores[row]))
            for row, box in enumerate(boxes)
        )
        return Found(
            faces, vectors, tuple(data[end - size : end] for end, size in zip(ends, lengths.tolist(), strict=True))
        )


def forget_encoder(root: Path, encoder: str) -> None:
    """Remove from a cache folder whatever an encoder made, by whichever network of its name; faces stay.

    Raises:
        UserError: a file cannot be written.
    """
    for file in (root / FOLDER).glob("*/*.safetensors"):
        with suppress(OSError, SafetensorError):
            with safe_open(file, framework="np") as kept:
                made = [name for name in kept.keys() if name.startswith(f"vectors/{encoder}@")]  # noqa: SIM118
            if made:
                left = {name: some for name, some in load(file.read_bytes()).items() if name not in made}
                atomic_write(file, save(left), settled=False)


def _digest(*made_by: str) -> str:
    """The name of a folder, of what all in it follows from."""
    return hashlib.sha256("\n".join(made_by).encode()).hexdigest()[:16]
