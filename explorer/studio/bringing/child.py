"""The process that reads a foreign network file: what it takes is limited, and what ends it ends nothing else.

It is asked over a pipe, and answers by JSON and plain numbers alone: nothing that it says is unpickled.
"""

from __future__ import annotations

import json
import signal
import tempfile
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.studio.child_process import limit_memory, say, silence

if TYPE_CHECKING:
    from explorer.science.recognition.imported import ImportedNetwork

# More cores make more threads, each with memory of its own that counts although it is never used.
_MOST_THREADS = 4
_OPEN_FILES = 256


def serve(connection: Connection, path: Path, layer: str | None, room: int) -> None:
    """Read a network file, say what it is, and then embed what is sent until the pipe ends.

    Args:
        room: bytes of memory that the process may take beyond what it has when it begins.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent alone decides what an interrupt means
    silence()
    import numpy as np
    import torch

    from explorer.science.recognition.imported import InputConvention
    from explorer.science.recognition.imported.reading import import_network

    tempfile.gettempdir()  # libraries ask for it, and it is found by writing a file
    torch.set_num_threads(min(torch.get_num_threads(), _MOST_THREADS))
    torch.rand(64, 64) @ torch.rand(64, 64)  # starts the threads
    with suppress(BrokenPipeError, ConnectionResetError, EOFError):
        try:
            limit_memory(room, {"RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": _OPEN_FILES})
            network = import_network(path, layer)
            say(connection, "network", {**_about(network), "files": _files(path)})
        except Exception as error:
            say(connection, "refused", _words(path, error))
            return
        while True:
            asked = json.loads(connection.recv_bytes())
            numbers = np.frombuffer(connection.recv_bytes(), np.float32).reshape(asked["shape"])
            try:
                convention = InputConvention(**asked["convention"])
                with torch.no_grad():
                    vectors = network.body(convention.apply(torch.from_numpy(numbers.copy())))
                say(connection, "embedded", list(vectors.shape))
                connection.send_bytes(np.ascontiguousarray(vectors.float().numpy()).tobytes())
            except Exception as error:
                say(connection, "refused", _words(path, error))
                return


def _about(network: ImportedNetwork) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "architecture": network.architecture[:200],
        "file_format": network.file_format,
        "sizes": [list(size) for size in network.sizes],
        "dimension": network.dimension,
        "layer": network.layer[:200],
        "layers": [layer[:200] for layer in network.layers[:1000]],
        "conventions": [asdict(convention) for convention in network.conventions],
        "normalised": network.normalised,
        "sha256": network.sha256,
        "operations": _operations(network),
    }


def _files(path: Path) -> list[str]:
    """The names of the network's files, this one first."""
    from explorer.science.recognition.imported.tensorflow_network import files_of_tfjs

    with path.open("rb") as stream:
        is_json = stream.read(64).lstrip()[:1] == b"{"
    return [file.relative_to(path.parent).as_posix() for file in files_of_tfjs(path)] if is_json else [path.name]


def _operations(network: ImportedNetwork) -> float:
    """How many operations the network takes for a face, as far as torch counts them."""
    import torch

    with torch.no_grad(), torch.autograd.profiler.profile(with_flops=True) as counted:
        network.body(torch.zeros(1, 3, *network.sizes[0]))
    return float(sum(one.flops for one in counted.function_events))


def _words(path: Path, error: Exception) -> str:
    """One line that says why a file is refused."""
    from explorer.science.errors import LikenessError
    from explorer.studio.errors import explain, out_of_memory

    said = str(error).lower()
    # A library that finds no room says so in its own way.
    if out_of_memory(error) or "memory" in said or "failed to map" in said:
        return f"{path.name}: it asks for more memory than a network of its size may take: it is damaged, or no encoder"
    if isinstance(error, LikenessError):
        return " ".join(str(error).split())[:1000]
    return explain(error) or f"{path.name}: it cannot be read as a network ({type(error).__name__})"
