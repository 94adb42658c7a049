"""What an import gives: the frozen network, what it takes and makes, and how its makers mostly fed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from explorer.science.names import said
from explorer.science.networks.bounded import Bounded
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.conventions import InputConvention, Size, trial_images

FileFormat = Literal["ONNX", "PyTorch", "Keras", "TensorFlow.js", "TensorFlow Lite"]
# An embedding is no score, and no more than this: what is longer are the logits of a classifier or a feature map.
SHORTEST, LONGEST = 16, 8192
# Of the sides of a picture.
_SMALLEST, _LARGEST = 16, 1024


@dataclass(frozen=True)
class ImportedNetwork:
    """A network of a user's file.

    architecture: what the file was recognised as.
    body: frozen; maps (B, 3, H, W) of its own normalised input to (B, dimension), differentiable, for any B.
    sizes: the inputs (rows, columns) that it takes, the usual one first.
    layer: which of its layers makes the embedding; `layers` are those that a caller may name.
    conventions: proposals, the architecture's own first.
    normalised: whether the network gives vectors of length one.
    sha256: of the file; of a model in several files, of all of them in their order.

    Example:
        >>> from dataclasses import fields
        >>> from explorer.science.recognition.imported import ImportedNetwork
        >>> [field.name for field in fields(ImportedNetwork)][:4]
        ['architecture', 'file_format', 'body', 'sizes']
    """

    architecture: str
    file_format: FileFormat
    body: nn.Module
    sizes: tuple[Size, ...]
    dimension: int
    layer: str
    layers: tuple[str, ...]
    conventions: tuple[InputConvention, ...]
    normalised: bool
    sha256: str


class ScaledInput(nn.Module):
    """A network behind one convention: what `Encoder` wants as its body.

    Args:
        body: an imported network's.
        convention: what it is fed.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from explorer.science.recognition.imported import InputConvention, ScaledInput
        >>> network = ScaledInput(nn.Flatten(), InputConvention("arcface", (112, 112)))
        >>> network(torch.zeros(1, 3, 112, 112)).unique().tolist()
        [-1.0]
    """

    def __init__(self, body: nn.Module, convention: InputConvention) -> None:
        super().__init__()
        self.body, self.convention = body, convention
        self.requires_grad_(False)
        self.eval()

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] to (B, D)."""
        embedding: Tensor = self.body(self.convention.apply(image))
        return embedding


class OneByOne(nn.Module):
    """A network whose file has a batch of one baked in, run picture by picture."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D)."""
        return torch.cat([self.body(one) for one in image.split(1)])


class Vectors(nn.Module):
    """The output of a graph as (B, D): its picture in the order that it wants, its answer without empty axes."""

    def __init__(self, graph: nn.Module, channels_last: bool, place: int = 0) -> None:
        super().__init__()
        self.graph, self.channels_last, self.place = graph, channels_last, place

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D)."""
        answer: Tensor = self.graph(image.permute(0, 2, 3, 1) if self.channels_last else image)[self.place]
        return answer.flatten(1) if answer.ndim > 1 else answer


@dataclass(frozen=True)
class Tried:
    """A network after a trial: what runs it for any batch, and what it gave."""

    body: nn.Module
    sizes: tuple[Size, ...]
    dimension: int
    normalised: bool

    def as_network(
        self,
        architecture: str,
        file_format: FileFormat,
        layer: str,
        layers: tuple[str, ...],
        conventions: tuple[InputConvention, ...],
        sha256: str,
    ) -> ImportedNetwork:
        """The import, with what the trial found."""
        return ImportedNetwork(
            architecture,
            file_format,
            self.body,
            self.sizes,
            self.dimension,
            layer,
            layers,
            conventions,
            self.normalised,
            sha256,
        )


def tried(body: nn.Module, sizes: Sequence[Size], subject: str) -> Tried:
    """Run a network on noise of each size.

    Args:
        body: maps (B, 3, H, W) to (B, D).
        sizes: those to try; those that fail are left out.
        subject: what messages call the network.

    Raises:
        NetworkFileError: no size runs, or what comes out is no embedding: too short or too long, not finite, or the
            same whatever is shown.
    """
    if wrong := next((size for size in sizes if not _SMALLEST <= min(size) <= max(size) <= _LARGEST), None):
        raise NetworkFileError(
            f"{subject} wants pictures of {wrong[0]} x {wrong[1]}; {_SMALLEST} to {_LARGEST} pixels are taken"
        )
    body.requires_grad_(False)
    body.eval()
    failure: Exception | None = None
    accepted: list[Size] = []
    found: Tensor | None = None
    for size in sizes:
        try:
            with torch.no_grad():
                runner, answers = _run(body, trial_images(size))
        except Exception as error:  # whatever the graph stumbles over; the last words are given to the user
            failure = error
            continue
        if found is not None and answers.shape[1] != found.shape[1]:
            continue
        body, found = runner, answers if found is None else found
        accepted.append(size)
    if found is None:
        words = said(failure, 200) if failure is not None else "it takes none"
        raise NetworkFileError(f"{subject} does not run on a face: {words}")
    _refuse_no_embedding(found, subject)
    lengths = torch.linalg.vector_norm(found, dim=1)
    return Tried(body, tuple(accepted), found.shape[1], bool((lengths - 1).abs().max() < 1e-4))


def _run(body: nn.Module, images: Tensor) -> tuple[nn.Module, Tensor]:
    """A runner that takes any batch, and its answers; a batch that gives other answers than its pictures is none."""
    with Bounded():
        first = body(images[:1])
    if first.ndim != 2:
        raise NetworkFileError(f"it answers a picture with a tensor of shape {list(first.shape)}, not with one vector")
    alone = torch.cat([first, *(body(one) for one in images[1:].split(1))])
    if alone.ndim != 2 or len(alone) != len(images):
        raise NetworkFileError(f"it answers a picture with a tensor of shape {list(alone.shape)}, not with one vector")
    try:
        together = body(images)
    except Exception:
        together = None
    near = 1e-3 * float(alone.abs().max().clamp(min=1e-6))
    if together is not None and together.shape == alone.shape and torch.allclose(together, alone, atol=near, rtol=1e-3):
        return body, alone
    return OneByOne(body), alone


def _refuse_no_embedding(answers: Tensor, subject: str) -> None:
    if not SHORTEST <= answers.shape[1] <= LONGEST:
        raise NetworkFileError(
            f"{subject} gives {answers.shape[1]} numbers for a face; an embedding has {SHORTEST} to {LONGEST}"
        )
    if not bool(answers.isfinite().all()):
        raise NetworkFileError(f"{subject} gives numbers that are not finite: its weights are damaged")
    if float((answers[0] - answers[1]).abs().max()) == 0:
        raise NetworkFileError(f"{subject} gives the same numbers whatever it is shown: it is no encoder")
