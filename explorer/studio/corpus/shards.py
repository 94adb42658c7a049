"""Where a corpus lies: a recipe, and shards that are either whole or made again.

A shard is two files: `NAME.zip` with the faces' pictures (224 px JPEGs in the common frame) and `NAME.safetensors` with
everything else, which names the pictures' hash and is written last. Without it, a shard is not there.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as decode
from safetensors.torch import save as encode
from torch import Tensor

from explorer.studio.errors import UserError
from explorer.studio.files import TEMPORARY_PREFIX, atomic_write
from explorer.studio.places import private_folder

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1
Kind = Literal["base", "edit", "folder"]
KINDS: tuple[Kind, ...] = ("base", "edit", "folder")
State = Literal["whole", "missing", "damaged"]
_QUALITY = 92
# A corpus may grow; whatever else differs in its recipe makes it another one.
_MAY_GROW = ("faces", "edits")


@dataclass(frozen=True)
class ShardName:
    """A shard of base faces, of edits or of a folder of photographs, by its number."""

    kind: Kind
    number: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.number:04d}"


class CorpusFolder:
    """A folder that holds a corpus, begun or finished.

    Args:
        folder: an existing corpus; `begin` makes one.

    Raises:
        UserError: it holds no corpus, or one of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        record = _read_record(folder)
        self.recipe: dict[str, Any] = record["recipe"]

    @property
    def shards(self) -> Path:
        """Where the shards lie."""
        return self.folder / "shards"

    def names(self, kind: Kind) -> list[ShardName]:
        """The shards of a kind that are there, by number, looked at by name only."""
        numbers = sorted(int(file.stem.split("-")[1]) for file in self.shards.glob(f"{kind}-[0-9]*.safetensors"))
        return [ShardName(kind, number) for number in numbers]

    def state(self, name: ShardName) -> State:
        """Whether a shard can be used: its two files are there, readable to the end and belong together."""
        tensors, pictures = self._files(name)
        if not tensors.exists():
            return "missing"
        try:
            noted = self.about(name)["pictures_sha256"]
            with pictures.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return "damaged"
        return "whole" if digest == noted else "damaged"

    def sweep(self) -> list[ShardName]:
        """Remove what a killed worker left half-written and shards that cannot be used; return the latter."""
        for part in self.shards.glob(f"{TEMPORARY_PREFIX}*"):
            part.unlink(missing_ok=True)
        damaged = [name for kind in KINDS for name in self.names(kind) if self.state(name) == "damaged"]
        for name in damaged:
            for file in self._files(name):
                file.unlink(missing_ok=True)
        return damaged

    def write(
        self, name: ShardName, tensors: dict[str, Tensor], frames: Sequence[NDArray[np.uint8]], about: dict[str, Any]
    ) -> None:
        """Write a shard whole or not at all.

        Args:
            tensors: by name, the first axis of each running over the faces.
            frames: the faces' pictures (224, 224, 3) uint8 RGB, in the same order.
            about: anything else worth knowing of the shard, as JSON.

        Raises:
            UserError: the disk is full or may not be written to.
        """
        tensor_file, picture_file = self._files(name)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as pictures:
            for row, frame in enumerate(frames):
                # One fixed date, so that the same faces make the same file.
                pictures.writestr(zipfile.ZipInfo(f"{row:04d}.jpg"), jpeg(frame))
        atomic_write(picture_file, content.getvalue())
        # One entry: several would be written in no fixed order, and the same faces make the same file.
        note = json.dumps({"pictures_sha256": hashlib.sha256(content.getvalue()).hexdigest(), **about})
        contiguous = {key: value.contiguous() for key, value in tensors.items()}
        atomic_write(tensor_file, encode(contiguous, {"about": note}))

    def read(self, name: ShardName) -> dict[str, Tensor]:
        """The tensors of a shard.

        Raises:
            UserError: it is missing or damaged.
        """
        try:
            return decode(self._files(name)[0].read_bytes())
        except (OSError, SafetensorError) as error:
            raise UserError(
                f"{name} of {self.folder} cannot be read ({error}): run the command that made the corpus again"
            ) from error

    def about(self, name: ShardName) -> dict[str, Any]:
        """What was noted of a shard when it was written, and the hash of its pictures."""
        with safe_open(self._files(name)[0], "pt") as file:
            about: dict[str, Any] = json.loads(file.metadata()["about"])
        return about

    def encoders(self, name: ShardName) -> set[str]:
        """Under which encoders a shard's faces are embedded."""
        with safe_open(self._files(name)[0], "pt") as file:
            views = {key.removeprefix("first/") for key in file.keys() if key.startswith("first/")}  # noqa: SIM118
        return views - {"points"}

    def pictures(self, name: ShardName, rows: Sequence[int]) -> list[NDArray[np.uint8]]:
        """The pictures of some rows of a shard, (224, 224, 3) uint8 RGB each.

        Raises:
            UserError: the file of pictures is missing or damaged.
        """
        return [from_jpeg(data) for data in self.jpegs(name, rows)]

    def jpegs(self, name: ShardName, rows: Sequence[int]) -> list[bytes]:
        """The same, as they are kept; `from_jpeg` decodes them.

        Raises:
            UserError: the file of pictures is missing or damaged.
        """
        try:
            with zipfile.ZipFile(self._files(name)[1]) as pictures:
                return [pictures.read(f"{row:04d}.jpg") for row in rows]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(
                f"the pictures of {name} in {self.folder} cannot be read: run the command that made the corpus again"
            ) from error

    def _files(self, name: ShardName) -> tuple[Path, Path]:
        return self.shards / f"{name}.safetensors", self.shards / f"{name}.zip"


def begin(folder: Path, recipe: DataclassInstance) -> CorpusFolder:
    """Open the corpus of a recipe, making the folder or letting the corpus grow where that is asked for.

    Args:
        recipe: a dataclass of numbers and texts, such as `CorpusRecipe`.

    Raises:
        UserError: the folder holds something else, a corpus of another recipe, or one that is larger.
    """
    wanted = json.loads(json.dumps(asdict(recipe)))
    place = folder / "recipe.json"
    if place.exists():
        held = _read_record(folder)["recipe"]
        differing = [key for key in {**held, **wanted} if key not in _MAY_GROW and held.get(key) != wanted.get(key)]
        if differing:
            raise UserError(
                f"{folder} holds a corpus of another recipe ({', '.join(differing)} differ): choose another folder"
            )
        wanted |= {key: max(held[key], wanted[key]) for key in _MAY_GROW if key in wanted}
        if wanted == held:
            return CorpusFolder(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty and holds no corpus: choose an empty or a new folder")
    private_folder(folder / "shards")
    atomic_write(place, json.dumps({"version": VERSION, "recipe": wanted}, indent=2).encode())
    return CorpusFolder(folder)


def _read_record(folder: Path) -> dict[str, Any]:
    place = folder / "recipe.json"
    try:
        record = json.loads(place.read_bytes())
        version, recipe = record["version"], record["recipe"]
    except FileNotFoundError:
        raise UserError(f"{folder} holds no corpus: make one with `likeness train corpus --work {folder}`") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place} is no corpus's recipe, or it is damaged ({error}): choose another folder") from error
    if version != VERSION or not isinstance(recipe, dict):
        raise UserError(f"{folder} holds a corpus of version {version}, this program makes version {VERSION}")
    return {"version": version, "recipe": recipe}


def jpeg(frame: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) uint8 RGB."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def from_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Decode one of the corpus's own JPEGs to (H, W, 3) uint8 RGB."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise UserError("a picture of the corpus is damaged: run the command that made the corpus again")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
