"""The one typed description of a translator that keeps identity in one half, and of its training (DIFFUSE 5.2.3)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class HalvesSettings(BaseModel):
    """Everything that, with the styles and whose they are, determines such a translator on a device.

    The report gives no numbers: all are ours.

    Example:
        >>> from explorer.science.translation import HalvesSettings
        >>> HalvesSettings(adversary=0.0).margin
        0.2
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    couplings: int = Field(6, ge=1, le=32, description="additive couplings of the translator")
    hidden: int = Field(256, ge=1, le=4096, description="width of their maps' two hidden layers")
    people: int = Field(32, ge=2, le=4096, description="people of a step")
    pictures: int = Field(4, ge=2, le=100, description="pictures of each of them")
    steps: int = Field(3000, ge=1, le=10**7, description="steps of the training")
    rate: float = Field(5e-4, gt=0, le=1, description="learning rate, of Adam")
    margin: float = Field(0.2, ge=-1, lt=1, description="cosine of strangers' identity halves that costs nothing")
    contrast: float = Field(1.0, ge=0, le=1000, description="weight of the contrastive distance of identity halves")
    adversary: float = Field(0.3, ge=0, le=1000, description="weight of who is told apart by the other half")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights, of the halves and of the order")
