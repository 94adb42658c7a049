"""How the authentication experiment is sized (DIFFUSE, 6.2.6 and table 2)."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.science.training.face_encoder import FaceEncoderRecipe
from explorer.studio.people.values import MOST_SAMPLES, PeopleSettings, Renderer

Arm = Literal["target", "unbalanced", "balanced"]
ARMS: tuple[Arm, ...] = ("target", "unbalanced", "balanced")
TITLES: dict[Arm, str] = {
    "target": "target alone",
    "unbalanced": "target + unbalanced",
    "balanced": "target + balanced",
}
FARS = (1e-3, 1e-5)


class AuthenticationSettings(BaseModel):
    """Who is drawn, and how encoders are trained.

    Of a folder of photographs, `target` and `test` do not count: 12 of 100 of its people are tested on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: int = Field(90, ge=2, le=100_000, description="people of the target set to train on")
    test: int = Field(60, ge=4, le=100_000, description="people of the target set to test on, half of them women")
    women: float = Field(0.12, ge=0, le=1, description="share of women among those who are trained on (table 2)")
    unbalanced: int = Field(200, ge=1, le=100_000, description="men of the unbalanced set")
    balanced: int = Field(200, ge=2, le=100_000, description="people of the balanced set, half of them women")
    pictures: int = Field(10, ge=2, le=1000, description="pictures of each person")
    size: int = Field(128, ge=32, le=1024, description="pixels a side of pictures that are drawn")
    yaw: float = Field(30.0, ge=0, le=90, description="how far heads turn aside at most, in degrees")
    side: int = Field(64, ge=32, le=256, multiple_of=32, description="pixels a side of aligned faces")
    steps: int = Field(1000, ge=1, le=10_000_000, description="of each training")
    batch: int = Field(64, ge=2, le=4096, description="pictures of a step")
    renderer: Renderer = "raster"
    samples: int = Field(16, ge=1, le=MOST_SAMPLES, description="a pixel, of the path tracer")
    trainings: int = Field(3, ge=1, le=100, description="of each set, from as many seeds")

    @model_validator(mode="after")
    def _halves(self) -> Self:
        if self.balanced % 2 or self.test % 2:
            raise ValueError("half of those in the balanced set and in the test are women: give even numbers")
        if self.balanced // 2 > self.unbalanced:
            raise ValueError("the balanced set's men are of the unbalanced set: it cannot have more of them")
        return self

    @property
    def drawn(self) -> PeopleSettings:
        """How people are drawn: traced in near infrared, or by the rasteriser, whose colours are left out later.

        They are labelled, so that genders differ by the model's own slider, as the report's do.
        """
        common = PeopleSettings(size=self.size, yaw=self.yaw, labelled=True)
        if self.renderer == "raster":
            return common
        return common.model_copy(update={"renderer": "path", "samples": self.samples, "spectrum": "infrared"})

    @property
    def target_women(self) -> int:
        """How many of those trained on are women."""
        return round(self.women * self.target)

    def recipe(self, seed: int) -> FaceEncoderRecipe:
        """How one encoder is trained."""
        return FaceEncoderRecipe(seed=seed, steps=self.steps, batch=self.batch)


# Of the report: table 2's people and pictures, and those of IR-Face whom the table leaves out as the test. It says
# nothing of sizes and steps.
PRESETS: dict[str, dict[str, Any]] = {
    "small": {},
    "paper": {
        "target": 1028,
        "test": 202,
        "unbalanced": 1000,
        "balanced": 1000,
        "pictures": 200,
        "size": 256,
        "side": 128,
        "steps": 40_000,
        "batch": 256,
    },
}
