"""The one typed description of a decoder: its network, what it is made to lose, and how it is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Side = Literal[64, 112, 224]
Enlarging = Literal["nearest", "bilinear"]
Scaling = Literal["means", "sums"]
LOSSES = ("pixel", "gradient", "perceptual", "local_pixel", "local_gradient", "local_perceptual")
"""The terms of eq. 2, in its order; the local ones are those of the central face."""
WHITE_BOX, VGG16 = "white-box", "lpips-vgg16"
"""Perceptual networks that are named otherwise than an encoder: the attacked encoder's own, and the VGG16 of LPIPS."""
_DROPOUTS = 0.5


class DecoderSettings(BaseModel):
    """Everything that, with the faces and their embeddings, determines a decoder on a device.

    `weights` maps a term's name (`LOSSES`) to its weight; terms that are missing have the paper's, which is 1.

    Example:
        >>> from explorer.science.decoding.settings import DecoderSettings
        >>> settings = DecoderSettings(encoder="sface", side=64)
        >>> settings.perceptual, settings.weight("gradient"), settings.epochs
        ('white-box', 1.0, 10)
        >>> DecoderSettings.model_validate_json(settings.model_dump_json()) == settings
        True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = Field("arcface-mbf", description="the encoder whose embeddings are decoded")
    layer: str | None = Field(None, description="one of its feature maps, whose averages are decoded in their place")
    perceptual: str = Field(
        WHITE_BOX,
        description="whose features pictures are compared by: white-box for those of the attacked encoder itself, "
        "lpips-vgg16, or another encoder",
    )
    side: Side = Field(112, description="side of the decoded pictures", json_schema_extra={"unit": "px"})
    vgg: Literal[11, 16] = Field(11, description="which VGG network is inverted")
    width: int = Field(192, ge=2, le=512, description="channels of the first, smallest maps; VGG's have 512")
    hidden: int = Field(384, ge=2, le=4096, description="units of the layer between embedding and first maps")
    coarse: int = Field(
        0,
        ge=0,
        le=56,
        description="side of a first picture, of areas' colours, that is fitted to pixels alone and that the inverted "
        "VGG adds details to; 0 for none, as in the paper",
        json_schema_extra={"unit": "px"},
    )
    components: int = Field(
        0, ge=0, le=2048, description="principal components that the first picture is of; 0 for the areas themselves"
    )
    enlarging: Enlarging = Field(
        "nearest",
        description="how maps are doubled between the blocks; by nearest numbers pictures have fine lines",
    )
    details: Literal["colours", "brightness"] = Field(
        "colours",
        description="what the inverted VGG adds to the first picture: perceptual networks reward coloured dots about "
        "eyes and lips, and brightness alone has none",
    )
    dropout: float = Field(_DROPOUTS, ge=0, lt=1, description="share that each of the four dropout layers leaves out")
    weights: dict[str, float] = Field(default_factory=dict, description="weights of the terms")
    scaling: Scaling = Field(
        "means",
        description="what the norms of the terms are: means over the numbers of pictures and of features in units of "
        "their root mean square, or sums, as printed",
    )
    rate: float = Field(1e-3, gt=0, le=1, description="learning rate of Adam")
    schedule: Literal["constant", "cosine"] = Field("cosine", description="how the rate changes over the epochs")
    batch: int = Field(16, ge=1, le=512, description="faces of a step")
    epochs: int = Field(10, ge=1, le=1000, description="passes over the faces at most")
    patience: int = Field(3, ge=1, le=1000, description="epochs without progress on held-out faces that end it")
    camera: float = Field(0.5, ge=0, le=1, description="share of the drawn faces that a random camera takes")
    precision: Literal["single", "mixed"] = Field(
        "mixed",
        description="numbers that the steps are made by: mixed takes bfloat16 where the processor has units for it",
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights, the order and what is left out")

    @field_validator("weights")
    @classmethod
    def _known_weights(cls, weights: dict[str, float]) -> dict[str, float]:
        for name, weight in weights.items():
            if name not in LOSSES:
                raise ValueError(f"no term called {name!r}; there are {', '.join(LOSSES)}")
            if not 0 <= weight < math.inf:
                raise ValueError(f"the weight of {name} is {weight:g}: give 0 or more")
        if not any(weights.get(name, 1) for name in LOSSES):
            raise ValueError("no term has a weight: leave one")
        return weights

    @model_validator(mode="after")
    def _whole_areas(self) -> DecoderSettings:
        if self.coarse and self.side % self.coarse:
            raise ValueError(f"coarse is {self.coarse}: give a divisor of the side, {self.side}, or 0")
        if self.details == "brightness" and not self.coarse:
            raise ValueError("details are of brightness: only a first picture has colours to add them to; give coarse")
        if self.components > 3 * self.coarse**2:
            raise ValueError(f"components are {self.components}: a first picture of {self.coarse} px has fewer numbers")
        return self

    def weight(self, term: str) -> float:
        """The weight of a term of eq. 2."""
        return self.weights.get(term, 1.0)

    @property
    def acting(self) -> tuple[str, ...]:
        """The terms whose weight is not 0."""
        return tuple(name for name in LOSSES if self.weight(name) > 0)

    @property
    def perceptual_encoder(self) -> str | None:
        """The encoder whose features pictures are compared by; None for LPIPS's VGG16."""
        if self.perceptual == VGG16:
            return None
        return self.encoder if self.perceptual == WHITE_BOX else self.perceptual


PRESETS: Mapping[Side, DecoderSettings] = {
    # Without a first picture, rows of eight minutes end at the mean face, and no loss tells from another.
    64: DecoderSettings(side=64, coarse=32, components=256, width=128, hidden=128, enlarging="bilinear"),
    112: DecoderSettings(coarse=56, components=256, width=128, hidden=128, enlarging="bilinear"),
    # Section 3.3 states no more of the network than that it inverts VGG.
    224: DecoderSettings(
        side=224, vgg=16, width=512, hidden=1024, scaling="sums", schedule="constant", precision="single"
    ),
}
"""By the side of the pictures: the rows of tables, the default, and the paper's with its printed sums."""
