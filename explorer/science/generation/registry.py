"""The generators of faces, one entry each. Loads no torch before a generator is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.science.registry import Registry

if TYPE_CHECKING:
    import torch

    from explorer.science.generation.generator import Generator
    from explorer.science.generation.preview import PreviewHead

Space = Literal["Z", "W", "W+"]


@dataclass(frozen=True)
class GeneratorSpec:
    """What is known of a generator before any file is loaded.

    networks: the catalogue ids of its files, in the order in which they are handed to what builds it.
    style_layers, width: L styles of width K steer it; a latent of Z or W has K numbers, one of W+ (L, K).
    resolution: side of the images that it draws itself, in pixels.
    previews: smaller sides that heads of the project's own draw, at less cost.
    """

    id: str
    title: str
    networks: tuple[str, ...]
    style_layers: int
    width: int
    resolution: int
    previews: tuple[int, ...] = ()

    def latent_shape(self, space: Space) -> tuple[int, ...]:
        """Shape of a latent of a space: (K,), or (L, K) for W+."""
        return (self.style_layers, self.width) if space == "W+" else (self.width,)


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


MOBILESTYLEGAN = GeneratorSpec(
    id="mobilestylegan-ffhq",
    title="MobileStyleGAN (FFHQ)",
    networks=tuple(f"mobilestylegan-{part}-{kind}" for part in ("mapping", "synthesis") for kind in ("xml", "bin")),
    style_layers=23,
    width=512,
    resolution=1024,
    previews=(128, 256),
)

GENERATORS: Registry[GeneratorEntry] = Registry("generator")
GENERATORS.register(MOBILESTYLEGAN.id, GeneratorEntry(MOBILESTYLEGAN, _mobilestylegan))
# The one that corpora, regressors and preview heads were made with.
DEFAULT_GENERATOR = MOBILESTYLEGAN.id


def generator_spec(generator: str) -> GeneratorSpec:
    """The description of a generator.

    Raises:
        UnknownNameError: there is none of that name; the message lists those there are.
    """
    return GENERATORS[generator].spec


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
        UnknownNameError: there is no such generator.
        NetworkFileError: the files are not its own.
    """
    return GENERATORS[generator].build(files, dict(heads)).to(device)
