"""The one typed description of a localiser: its network, what its training makes small, and in which phases."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Network = Literal["small", "resnet18"]
Preset = Literal["default", "thesis"]
Schedule = Literal["phased", "direct"]
# A picture is halved so often by either network before its numbers are read off.
STRIDE = 16


class LocaliserSettings(BaseModel):
    """Everything that, with the faces, determines a localiser on a device.

    Steps are counted, not epochs, so that phased and direct training can be held against each other at equal work.

    Example:
        >>> from explorer.science.alignment import LocaliserSettings
        >>> settings = LocaliserSettings(steps=90)
        >>> settings.phases
        ((10, 30), (20, 30), (30, 30))
        >>> LocaliserSettings(steps=90, schedule="direct").phases  # figure 5.13 (a): at equal steps
        ((10, 30), (30, 60))
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Network = Field("small", description="the localiser: small trains on two cores, resnet18 is the thesis's")
    side: int = Field(
        96, ge=32, le=256, description="side of the pictures that are sampled", json_schema_extra={"unit": "px"}
    )
    seen: int = Field(
        64, ge=32, le=256, description="side at which the localiser sees them", json_schema_extra={"unit": "px"}
    )
    components: int = Field(10, ge=0, le=80, description="weights of shape that it answers, D")
    texture: int = Field(
        64, ge=64, le=64, description="side of the flat textures that are recognised", json_schema_extra={"unit": "px"}
    )
    visibility: int = Field(
        32,
        ge=16,
        le=64,
        description="side at which the visibility field is asked; what lies between is interpolated",
        json_schema_extra={"unit": "px"},
    )
    width: int = Field(16, ge=2, le=256, description="channels of the recogniser")
    shape_penalty: float = Field(0.01, ge=0, le=10, description="lambda of eq. 5.13")
    landmarks: float = Field(
        0.0, ge=0, le=100, description="weight of 14 landmarks' mean distance, in parts of the side; 0 as in the thesis"
    )
    same_shape: float = Field(
        0.0, ge=0, le=100, description="weight of the variance of the shape over a person's pictures"
    )
    triplet: float = Field(0.0, ge=0, le=100, description="weight of a triplet loss beside that of classes")
    margin: float = Field(0.2, ge=0, le=2, description="of the triplet loss, in squared distances of unit vectors")
    rate: float = Field(1e-4, gt=0, le=1, description="learning rate of the localiser, of Adam")
    recogniser_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of the recogniser")
    batch: int = Field(32, ge=2, le=1024, description="pictures of a step")
    pretraining: int = Field(600, ge=1, le=10**6, description="steps by which the localiser learns the fixed pose")
    pretraining_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of these steps")
    warm_up: int = Field(1000, ge=0, le=10**6, description="steps of the recogniser alone, on the first phase's faces")
    steps: int = Field(9000, ge=3, le=10**7, description="steps of all phases together")
    schedule: Schedule = Field(
        "phased", description="phased: up to 10, 20 and 30 degrees of yaw; direct: 10, then 30 at once"
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights and of the order")

    @model_validator(mode="after")
    def _fits(self) -> LocaliserSettings:
        if self.seen % STRIDE or self.seen > self.side:
            raise ValueError(f"seen: {self.seen} px is no multiple of {STRIDE} up to the side of {self.side} px")
        return self

    @property
    def phases(self) -> tuple[tuple[int, int], ...]:
        """The largest yaw in degrees and the steps of each phase; all in all `steps`."""
        third = self.steps // 3
        if self.schedule == "direct":
            return ((10, third), (30, self.steps - third))
        return ((10, third), (20, third), (30, self.steps - 2 * third))

    @property
    def per_person(self) -> int:
        """How many pictures of a person a batch has: several where they are held against each other."""
        return min(4, self.batch) if self.same_shape or self.triplet else 1


PRESETS: dict[Preset, LocaliserSettings] = {
    "default": LocaliserSettings(),
    # What the thesis does not give is ours: rates, batches and steps, and the widths of its recogniser.
    "thesis": LocaliserSettings(network="resnet18", side=112, seen=112, visibility=64, width=10, batch=64),
}
