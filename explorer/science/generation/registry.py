"""The generators of faces, one entry each. Loads no torch before a generator is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.science.errors import LikenessError
from explorer.science.generation.spec import MOBILESTYLEGAN, GeneratorSpec
from explorer.science.registry import Registry, UnknownNameError

if TYPE_CHECKING:
    import torch

    from explorer.science.generation.generator import Generator
    from explorer.science.generation.preview import PreviewHead


class AbsentGeneratorError(UnknownNameError, LikenessError):
    """A generator is not on this machine; the message says which are, and how another is brought."""


@dataclass(frozen=True)
class GeneratorEntry:
    """A generator as it is registered.

    build: makes it from the bytes of its files, as `GeneratorSpec.networks` lists them, and its preview heads by their
        resolution; raises NetworkFileError where the files are not its own.
    """

    spec: GeneratorSpec
    build: Callable[[Sequence[bytes], dict[int, PreviewHead]], Generator]


def _mobilestylegan(files: Sequence[bytes], heads: dict[int, PreviewHead]) -> Generator:
    from explorer.science.generation.generator import build_generator

    mapping_xml, mapping_bin, synthesis_xml, synthesis_bin = files
    return build_generator(MOBILESTYLEGAN, (mapping_xml, mapping_bin), (synthesis_xml, synthesis_bin), heads)


GENERATORS: Registry[GeneratorEntry] = Registry("generator")
GENERATORS.register(MOBILESTYLEGAN.id, GeneratorEntry(MOBILESTYLEGAN, _mobilestylegan))
# The one that corpora, regressors and preview heads were made with.
DEFAULT_GENERATOR = MOBILESTYLEGAN.id


def generator_spec(generator: str) -> GeneratorSpec:
    """The description of a generator.

    Raises:
        AbsentGeneratorError: there is none of that name; the message lists those there are.
    """
    if generator not in GENERATORS:
        raise AbsentGeneratorError(absence(generator))
    return GENERATORS[generator].spec


def absence(generator: str) -> str:
    """What is said where a generator is asked for that is not on this machine."""
    bring = "one of your own is brought by File > Import generator, or by `likeness generators import FILE`"
    return f"no generator called {generator!r}; there are {', '.join(GENERATORS)}; {bring}"


def load_generator(
    generator: str,
    files: Sequence[bytes],
    heads: Mapping[int, PreviewHead],
    device: torch.device | str = "cpu",
) -> Generator:
    """Build a generator from the bytes of its files, in the order of its spec's `networks`.

    Args:
        heads: preview heads by resolution; a resolution without a head is refused when it is drawn.

    Raises:
        AbsentGeneratorError: there is no such generator.
        NetworkFileError: the files are not its own.

    Example:
        >>> from explorer.science.generation import load_generator
        >>> load_generator("nobody", [], {})
        Traceback (most recent call last):
        explorer.science.generation.registry.AbsentGeneratorError: ...
    """
    generator_spec(generator)
    return GENERATORS[generator].build(files, dict(heads)).to(device)
