"""What is chosen in the People dock: who is drawn, in which picture, and by what. No torch."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.science.synthetic.scene import Scene, Seed
from explorer.studio.extras import explain_absence, require
from explorer.studio.people.values import (
    LARGEST,
    MOST_SAMPLES,
    SMALLEST,
    PeopleSettings,
    Renderer,
    Spectrum,
)

USUAL_YAW = 30.0
# While a slider moves, pictures are no larger.
COARSE = 160


def why_not_traced() -> str:
    """Why nothing can be path-traced here, and what to install; empty where it can."""
    try:
        require("render")
    except ModuleNotFoundError as error:
        return explain_absence(error) or str(error)
    return ""


class Rendering(BaseModel):
    """How a scene becomes a picture; beside the scene, all that its pixels follow from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    renderer: Renderer = "raster"
    samples: int = Field(64, ge=1, le=MOST_SAMPLES, description="a pixel, of the path tracer")
    spectrum: Spectrum = "visible"
    size: int = Field(256, ge=SMALLEST, le=LARGEST, description="pixels a side")

    @model_validator(mode="after")
    def _infrared_is_traced(self) -> Rendering:
        if self.spectrum == "infrared" and self.renderer != "path":
            raise ValueError("near infrared is drawn by the path tracer: renderer path")
        return self

    def settings(self) -> PeopleSettings:
        """The same, as scenes are drawn by."""
        return PeopleSettings(**self.model_dump())


class PersonChoice(BaseModel):
    """Who is in view, and in which picture.

    seed: of the person who was drawn last. by_sliders, group, gender: among whom people are drawn, as of
    `PeopleSettings`. number: of the person's picture that was drawn last. keep: whether the next person is seen in the
    picture that there is. scene: None until the first person is drawn. touched: whether the user has chosen anything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Seed = 0
    by_sliders: bool = True
    group: str | None = None
    gender: str | None = None
    number: Seed = 0
    keep: bool = False
    scene: Scene | None = None
    rendering: Rendering = Rendering()
    touched: bool = False

    @model_validator(mode="after")
    def _sliders_known(self) -> PersonChoice:
        self.among()
        return self

    def among(self) -> PeopleSettings:
        """The settings by which people are drawn from seeds."""
        return PeopleSettings(labelled=self.by_sliders, group=self.group, gender=self.gender, yaw=USUAL_YAW)
