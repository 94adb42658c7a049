"""A foreign network behind a wall: a process of its own reads the file and runs it; here only its answers arrive."""

from __future__ import annotations

import json
import math
import multiprocessing
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import InputConvention
from explorer.science.recognition.imported.network import LONGEST, SHORTEST, FileFormat
from explorer.studio.bringing.child import serve
from explorer.studio.child_process import end, how_it_ended
from explorer.studio.errors import Cancelled

# Beyond what the process has when it begins, whatever the file, and so many times the file's own size.
ROOM, TIMES = 2 << 30, 4
PATIENCE = 300.0
_BATCH = 8
_LOOK = 0.1
_LONGEST_TEXT = 4 << 20

Text = Annotated[str, Field(max_length=200)]
Side = Annotated[int, Field(ge=1, le=4096)]


class NetworkDescription(BaseModel):
    """What a network file is, as the process says that read it; as of `ImportedNetwork`.

    operations: that the network takes for a face, as far as they can be counted. files: names of what it consists of,
    beside each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Text
    file_format: FileFormat
    sizes: tuple[tuple[Side, Side], ...] = Field(min_length=1, max_length=50)
    dimension: int = Field(ge=SHORTEST, le=LONGEST)
    layer: Text
    layers: tuple[Text, ...]
    conventions: tuple[InputConvention, ...] = Field(min_length=1, max_length=200)
    normalised: bool
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    operations: float = Field(ge=0)
    files: tuple[Annotated[str, Field(pattern=r"^[^/\\]*[^/\\.][^/\\]*$", max_length=255)], ...] = Field(
        min_length=1, max_length=1000
    )


class SealedNetwork:
    """A network file, read and run by a process of its own, as a block.

    Args:
        path, layer: as of `import_network`.
        should_stop: asked ten times a second.
        room: bytes of memory that the process may take; by the file's size where None.
        patience: seconds that reading the file, or embedding a few faces, may take.

    Raises:
        NetworkFileError: the file is no encoder, ends the process, or takes too long or too much memory.
        Cancelled: `should_stop` became true.
        OSError: the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        layer: str | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        room: int | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._path, self._should_stop, self._patience = path, should_stop, patience
        # Whether the file is there at all is said by the system's own words.
        self._given = (path, layer, ROOM + TIMES * path.stat().st_size if room is None else room)
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=serve, args=(there, *self._given), daemon=True)
        try:
            self._process.start()
            there.close()  # the process alone holds its end now, so that its death is heard here
            self.description = _described(self._path, self._answer("network"))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def embed(self, images: Tensor, convention: InputConvention) -> Tensor:
        """Embed faces: (N, 3, rows, columns) RGB in [0, 1], of the convention's size, to (N, D) float32.

        Raises:
            NetworkFileError, Cancelled: as the class says.
        """
        found = [self._embedded(some, convention) for some in images.split(_BATCH)]
        return torch.cat(found) if found else torch.zeros(0, self.description.dimension)

    def _embedded(self, images: Tensor, convention: InputConvention) -> Tensor:
        asked = {"shape": list(images.shape), "convention": asdict(convention)}
        try:
            self._connection.send_bytes(json.dumps(asked).encode())
            self._connection.send_bytes(np.ascontiguousarray(images.float().numpy()).tobytes())
        except (BrokenPipeError, ConnectionResetError):
            raise self._died() from None
        shape = self._answer("embedded")
        wanted = [len(images), self.description.dimension]
        if shape != wanted:
            raise NetworkFileError(
                f"{self._path.name}: it answers {len(images)} faces by the shape {shape}: no encoder"
            )
        data = self._heard(4 * math.prod(wanted))
        numbers = torch.from_numpy(np.frombuffer(data, np.float32).reshape(wanted).copy())
        if not bool(numbers.isfinite().all()):
            raise NetworkFileError(f"{self._path.name}: it gives numbers that are not finite for a face")
        return numbers

    def _answer(self, kind: str) -> Any:
        said = json.loads(self._heard(_LONGEST_TEXT))
        if said["kind"] == "refused":
            raise NetworkFileError(str(said["value"]))
        if said["kind"] != kind:
            raise NetworkFileError(f"{self._path.name}: the process that reads it answers out of turn")
        return said["value"]

    def _heard(self, most: int) -> bytes:
        """The next message, of no more bytes than that."""
        until = monotonic() + self._patience
        while not self._connection.poll(_LOOK):
            if self._should_stop():
                raise Cancelled
            if monotonic() > until:
                raise NetworkFileError(
                    f"{self._path.name}: reading it or running it on a few faces takes longer than "
                    f"{self._patience:.0f} seconds: it is damaged, or too large for this machine"
                )
        try:
            return self._connection.recv_bytes(most)
        except (EOFError, OSError):
            raise self._died() from None

    @property
    def _connection(self) -> Connection:
        if self._pipe is None:
            raise RuntimeError("a sealed network is used as a block")
        return self._pipe

    def _died(self) -> NetworkFileError:
        assert self._process is not None
        how = how_it_ended(self._process)
        return NetworkFileError(
            f"{self._path.name}: the process that read it ended ({how}), as damaged or hostile files make it, or when "
            "the machine's memory is full; nothing of the file is kept"
        )

    def _end(self) -> None:
        end(self._process, self._pipe)
        self._pipe = self._process = None


def _described(path: Path, value: Any) -> NetworkDescription:
    try:
        return NetworkDescription.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise NetworkFileError(f"{path.name}: what it says of itself cannot be ({where}: {first['msg']})") from error
