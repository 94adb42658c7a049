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
    previews: smaller sides that are drawn at less cost than the native image, and near to its average.
    heads: those of them that heads of the project's own draw.
    z_width: numbers of a latent of Z; K where None.
    points: where the eyes, the nose and the corners of the mouth lie in a typical face that it draws, as x and y in
        parts of the side; as in MobileStyleGAN's faces where None.
    """

    id: str
    title: str
    networks: tuple[str, ...]
    style_layers: int
    width: int
    resolution: int
    previews: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    z_width: int | None = None
    points: tuple[tuple[float, float], ...] | None = None

    def latent_shape(self, space: Space) -> tuple[int, ...]:
        """Shape of a latent of a space: (K,), or (L, K) for W+; in Z a generator may have another width."""
        if space == "W+":
            return self.style_layers, self.width
        return (self.z_width or self.width,) if space == "Z" else (self.width,)


MOBILESTYLEGAN = GeneratorSpec(
    id="mobilestylegan-ffhq",
    title="MobileStyleGAN (FFHQ)",
    networks=tuple(f"mobilestylegan-{part}-{kind}" for part in ("mapping", "synthesis") for kind in ("xml", "bin")),
    style_layers=23,
    width=512,
    resolution=1024,
    previews=(128, 256),
    heads=(128, 256),
)
