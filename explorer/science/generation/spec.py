"""What is known of a generator before any file is loaded. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


MOBILESTYLEGAN = GeneratorSpec(
    id="mobilestylegan-ffhq",
    title="MobileStyleGAN (FFHQ)",
    networks=tuple(f"mobilestylegan-{part}-{kind}" for part in ("mapping", "synthesis") for kind in ("xml", "bin")),
    style_layers=23,
    width=512,
    resolution=1024,
    previews=(128, 256),
)
