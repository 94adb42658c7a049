"""What a plug-in's entry point has to lead to, by its group.

A package names its parts in its `pyproject.toml`, and says where each lies:

    [project.entry-points."likeness.encoders"]
    shades = "my_package.shades:ENCODER"

    likeness.encoders     an `EncoderPlugin`
    likeness.generators   a `GeneratorPlugin`
    likeness.terms        a `Term` of `explorer.science.inversion.terms`
    likeness.probes       a `ProbeSpec` of `explorer.science.leakage.probes`, whose label is one of `LABELS`
    likeness.models       a `ModelPlugin`; a `ModelReader` of `explorer.science.geometry.model_files.reading` is one
    likeness.panels       a `UiFeature` of `explorer.ui.actions.ui_feature`, which the window shows as one of its own

One entry point leads to one part. Its name is what the user switches; the part is registered by its own id or name,
which has small letters, digits and hyphens. Nothing else of the package is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # who only lists plug-ins loads no torch
    from torch import nn

    from explorer.science.generation.generator import Generator
    from explorer.science.generation.spec import GeneratorSpec
    from explorer.science.geometry.morphable_model import MorphableModel
    from explorer.science.recognition.base import EncoderSpec


@runtime_checkable
class EncoderPlugin(Protocol):
    """An identity encoder."""

    @property
    def spec(self) -> EncoderSpec:
        """Its description; `network` is the same as `id`, or begins with it."""
        ...

    @property
    def file(self) -> Path | None:
        """The file of its numbers; None where it has none."""
        ...

    def body(self, data: bytes) -> nn.Module:
        """The network, from the bytes of its file (none without a file).

        Returns:
            Maps (B, 3, S, S) RGB in [0, 1], S = the side of the spec's template, to (B, D) embeddings, differentiably.
        """
        ...


@runtime_checkable
class GeneratorPlugin(Protocol):
    """A generator of faces."""

    @property
    def spec(self) -> GeneratorSpec:
        """Its description, without previews; each of `networks` begins with `id`."""
        ...

    @property
    def files(self) -> Sequence[Path]:
        """The files of its numbers, as `networks` names them; none where `networks` is its id alone."""
        ...

    def build(self, files: Sequence[bytes]) -> Generator:
        """The generator, from the bytes of its files."""
        ...


@runtime_checkable
class ModelPlugin(Protocol):
    """A format of morphable models; and where it has a `file` besides, that model, by the format's name."""

    @property
    def name(self) -> str:
        """By which it is registered."""
        ...

    @property
    def title(self) -> str:
        """What it is called, with the files that hold it."""
        ...

    def reads(self, path: Path, /) -> bool:
        """Whether a file or folder is of this format, by its name alone; formats of the program are asked before."""
        ...

    def read(self, path: Path, /) -> MorphableModel:
        """Read it; whatever is raised is the file's fault."""
        ...
