"""The one typed description of a student: its network, what it loses, and how it is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

StudentNetwork = Literal["arcface-mbf", "mobilefacenet", "resnet50"]
Preset = Literal["default", "published"]
SIDE = 112
"""Side in pixels of the faces that a student sees, as ArcFace's template has them."""


class StudentSettings(BaseModel):
    """Everything that, with the faces and the teacher's answers, determines a student on a device.

    Example:
        >>> from explorer.science.distillation import StudentSettings
        >>> from explorer.science.distillation.settings import PRESETS
        >>> StudentSettings().network, PRESETS["published"].network, PRESETS["published"].centred
        ('arcface-mbf', 'resnet50', 0.0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: StudentNetwork = Field(
        "arcface-mbf",
        description="arcface-mbf: begins with the weights of that encoder and with a linear map to the teacher's "
        "answers; mobilefacenet and resnet50: from nothing",
    )
    centred: float = Field(
        1.0, ge=0, le=100, description="weight of eq. 14 once more, of answers less their mean; 0 as published"
    )
    mirror: bool = Field(
        True, description="show half of the faces mirrored; their answers are taken to be those of the others"
    )
    steps: int = Field(3000, ge=1, le=10**7, description="steps of the training")
    batch: int = Field(32, ge=2, le=1024, description="faces of a step")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of what begins from nothing, of AdamW")
    body_learning_rate: float = Field(1e-4, gt=0, le=1, description="learning rate of weights that were taken over")
    decay: float = Field(1e-4, ge=0, le=1, description="decay of the weights")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights, of the order and of mirroring")


PRESETS: dict[Preset, StudentSettings] = {
    "default": StudentSettings(),
    # Of a student the paper gives the network and eq. 14; the rest is ours.
    "published": StudentSettings(network="resnet50", centred=0.0, mirror=False),
}
