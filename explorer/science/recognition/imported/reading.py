"""One call for all files: tell by its first bytes what a file is, and hand it to the reader of that format."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.science.names import name_of, said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.network import ImportedNetwork

# Larger than any network that is read whole; PyTorch checkpoints are mapped, so that theirs may hold much besides.
LARGEST = 1 << 30
LARGEST_MAPPED = 6 << 30
KNOWN = "networks are read from ONNX, PyTorch checkpoints, Keras .h5, TensorFlow.js and TensorFlow Lite"
_CHUNK = 1 << 22
# Of what is said of a file, in which names out of it may stand.
_LONGEST_LINE = 600
# What pickles of StyleGAN2-ADA and StyleGAN3 ask for.
_NVIDIA = "torch_utils.persistence"


def import_network(path: Path, layer: str | None = None) -> ImportedNetwork:
    """Build an encoder of a network file: ONNX, PyTorch's tensors, Keras, TensorFlow.js or Lite.

    Which network it is, is told from its names and shapes. Nothing in the file is executed.

    Args:
        path: the file; of a TensorFlow.js model its JSON, beside which its shards lie.
        layer: which layer makes the embedding, where the file has several; the architecture's own where None.

    Raises:
        NetworkFileError: the file is no network, or none that is known; one line says what it is and what is missing.
        OSError: the file cannot be read.

    Example:
        >>> from explorer.science.recognition.imported import import_network
        >>> import_network(samples / "astronaut.png")
        Traceback (most recent call last):
        explorer.science.networks.errors.NetworkFileError: astronaut.png: this is a PNG picture; ...
    """
    try:
        return _import(path, layer)
    except NetworkFileError as error:
        raise NetworkFileError(f"{name_of(path)}: {_of_a_generator(said(error, _LONGEST_LINE))}") from error
    except RecursionError as error:
        raise NetworkFileError(f"{name_of(path)}: the file is damaged, or larger than this program reads") from error
    except MemoryError as error:
        raise NetworkFileError(
            f"{name_of(path)}: it asks for more memory than there is: it is damaged, or larger than this program reads"
        ) from error
    except Exception as error:  # a crafted file can make its reader stumble in any way; each is the file's fault
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise NetworkFileError(f"{name_of(path)}: the file is damaged: {said(error)}") from error


def _import(path: Path, layer: str | None) -> ImportedNetwork:
    size = path.stat().st_size
    if not path.is_file():
        raise NetworkFileError("this is no file; name the network's file")
    with path.open("rb") as stream:
        head = stream.read(64)
    zipped = head.startswith(b"PK\x03\x04")
    largest = LARGEST_MAPPED if zipped else LARGEST
    if size > largest:
        raise NetworkFileError(f"the file has {size / 2**30:.1f} GB; of its kind up to {largest >> 30} GB are read")
    if not head.strip(b"\0"):
        raise NetworkFileError("the file is empty")
    if _looks_like_onnx(head):
        from explorer.science.recognition.imported.onnx_file import import_onnx

        return import_onnx(path.read_bytes(), layer, digest_of(path))
    if zipped or head.startswith(b"\x80") or _looks_like_safetensors(head, size):
        from explorer.science.recognition.imported.state_dict_file import import_state_dict

        return import_state_dict(path, layer, digest_of(path))
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        from explorer.science.recognition.imported.keras_network import import_keras

        return import_keras(path, layer, digest_of(path))
    if head[4:8] == b"TFL3":
        from explorer.science.recognition.imported.tensorflow_network import import_tflite

        return import_tflite(path.read_bytes(), layer, digest_of(path))
    if head.lstrip()[:1] == b"{":
        from explorer.science.recognition.imported.tensorflow_network import files_of_tfjs, import_tfjs

        return import_tfjs(path, layer, digest_of(*files_of_tfjs(path)))
    raise NetworkFileError(f"this is {_guess(head)}; {KNOWN}")


def _of_a_generator(message: str) -> str:
    """What is said of a file, or what it is where that names a part of NVIDIA's generators alone."""
    if _NVIDIA not in message:
        return message
    return "this is a generator in NVIDIA's pickle, no encoder: `likeness generators import` brings it"


def digest_of(*paths: Path) -> str:
    """The sha256 of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _looks_like_onnx(head: bytes) -> bool:
    # A ModelProto begins with its ir_version: field 1, a number below 128.
    return head[0] == 0x08 and 0 < head[1] < 64


def _looks_like_safetensors(head: bytes, size: int) -> bool:
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") < size


_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"<?xml", "an XML file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def _guess(head: bytes) -> str:
    for mark, words in _SIGNATURES:
        if head.startswith(mark):
            return words
    return "a file of unknown kind"
