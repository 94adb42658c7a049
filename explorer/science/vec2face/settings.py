"""The one typed description of a generator from vectors to faces: its network, what it loses, how it is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.flows.distances import Form

Kind = Literal["plain", "cnn", "attention"]
Resolution = Literal[8, 16, 32, 64, 128, 256]
Configuration = Literal["A", "B", "C", "D", "E", "F", "G", "H", "I"]
FIRST = 4
"""Side in pixels of the first pictures, which are doubled from scale to scale."""
# Maps of the published networks by the side of their pictures: those of Karras et al. 2018, table 2.
_MAPS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64}
_UNITS = 512


class Vec2FaceSettings(BaseModel):
    """Everything that, with the faces and the networks that teach it, determines a generator on a device.

    Example:
        >>> from explorer.science.vec2face import Vec2FaceSettings
        >>> from explorer.science.vec2face.settings import CONFIGURATIONS
        >>> settings = Vec2FaceSettings(width=1)
        >>> settings.scales, settings.maps(64), settings.batch_at(0), settings.batch_at(4)
        (5, 256, 128, 8)
        >>> CONFIGURATIONS["I"]
        ('attention', True, True)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: Kind = Field(
        "cnn",
        description="plain: convolutions that the vector enters at the first scale only; cnn: the vector at every "
        "scale, by AdaIN (DiBiGAN); attention: without a convolution (DAB-GAN)",
    )
    distill: bool = Field(True, description="compare features and vectors of pictures: eq. 15")
    biject: bool = Field(True, description="compare pictures by the bijective metric: eq. 10 and 11")
    resolution: Resolution = Field(64, description="side of the pictures", json_schema_extra={"unit": "px"})
    width: float = Field(0.25, gt=0, le=1, description="share of the published networks' maps")
    steps: int = Field(
        100, ge=2, le=10**6, description="steps at each scale, of critic and generator alike; a new one fades in"
    )
    batch: int = Field(128, ge=4, le=4096, description="faces of a step at 4 px, halved with every doubling")
    seen: int = Field(
        16, ge=0, le=4096, description="faces of a step at most that eq. 10, 11 and 15 see; 0 for all, as published"
    )
    rate: float = Field(1.5e-3, gt=0, le=1, description="learning rate, of Adam")
    alpha: float = Field(1e-3, ge=0, le=1e3, description="of the bijective metric, in eq. 18")
    beta: float = Field(1.0, ge=0, le=1e3, description="of the adversarial term, in eq. 18")
    block_weight: float = Field(1.0, ge=0, le=1e6, description="of the features of each block, in eq. 15")
    vector_weight: float = Field(10.0, ge=0, le=1e6, description="of the vector, in eq. 15")
    penalty: float = Field(10.0, ge=0, le=1e6, description="of the critic's slope, in eq. 17")
    margin: float = Field(1.0, gt=0, le=1e6, description="of eq. 11, a number of the latent")
    form: Form = Field("separating", description="eq. 11 as it separates people, or as printed")
    average: float = Field(0.999, ge=0, lt=1, description="of the running mean of weights, which is what is kept")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights, of the order and of backgrounds")

    @property
    def scales(self) -> int:
        """R_M: how many scales there are."""
        return (self.resolution // FIRST).bit_length()

    @property
    def background(self) -> int:
        """Numbers of the background variable v."""
        return self.units

    @property
    def units(self) -> int:
        """Units of the layers that the vector goes through before it enters."""
        return max(8, round(_UNITS * self.width))

    def maps(self, side: int) -> int:
        """Maps at a side in pixels."""
        return max(4, round(_MAPS[side] * self.width))

    def batch_at(self, scale: int) -> int:
        """Faces of a step at a scale, counted from 0; two at least, between which people are compared."""
        return max(2, self.batch >> scale)

    def seen_at(self, scale: int) -> int:
        """Faces of a step at a scale that eq. 10, 11 and 15 see."""
        batch = self.batch_at(scale)
        return batch if self.seen == 0 else min(batch, max(2, self.seen))

    def place(self, step: int) -> tuple[int, float]:
        """The scale of a step, both counted from 0, and how far it has faded in, in (0, 1].

        A scale fades in over the first half of its steps, the first one not at all.
        """
        scale, made = divmod(min(step, self.scales * self.steps - 1), self.steps)
        return scale, 1.0 if scale == 0 else min(1.0, (made + 1) / (self.steps // 2))


CONFIGURATIONS: dict[Configuration, tuple[Kind, bool, bool]] = {
    "A": ("plain", False, False),
    "B": ("plain", True, False),
    "C": ("plain", True, True),
    "D": ("cnn", False, False),
    "E": ("cnn", True, False),
    "F": ("cnn", True, True),
    "G": ("attention", False, False),
    "H": ("attention", True, False),
    "I": ("attention", True, True),
}
"""Of table II by letter: the generator, and whether distillation and the bijective metric count."""
