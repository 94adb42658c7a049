"""The one typed description of a bijective metric: its network, its latent space, and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Means = Literal["published", "sphere"]


class MetricSettings(BaseModel):
    """Everything that, with the pictures and whose they are, determines a bijective metric on a device.

    Example:
        >>> from explorer.science.flows import MetricSettings
        >>> settings = MetricSettings(side=32, channels=1)
        >>> settings.mappings, settings.width, settings.dimension  # as published: section VI-B
        (5, 32, 1024)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: int = Field(64, ge=2, le=256, description="side of the pictures", json_schema_extra={"unit": "px"})
    channels: Literal[1, 3] = Field(3, description="colours of the pictures")
    mappings: int = Field(5, ge=1, le=8, description="mappings, each at half the side of the one before")
    couplings: int = Field(1, ge=1, le=8, description="affine couplings of a mapping, each behind an invertible 1x1")
    width: int = Field(32, ge=1, le=512, description="maps of the two residual blocks of a coupling")
    means: Means = Field(
        "published",
        description="where the classes' Gaussians lie: published, c times the vector of ones (eq. 13); sphere, in "
        "directions drawn by chance",
    )
    radius: float = Field(1.0, gt=0, le=1000, description="length of the means on the sphere")
    steps: int = Field(2000, ge=1, le=10**7, description="steps of the training")
    batch: int = Field(32, ge=2, le=4096, description="pictures of a step")
    rate: float = Field(1e-3, gt=0, le=1, description="learning rate, of Adam")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights, of the order and of the noise")

    @model_validator(mode="after")
    def _halves(self) -> MetricSettings:
        if self.side % 2**self.mappings:
            raise ValueError(f"side: {self.side} px cannot be halved {self.mappings} times")
        return self

    @property
    def dimension(self) -> int:
        """Numbers of a picture, and of its latent."""
        return self.channels * self.side**2
