"""Which people are drawn, and how."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.science.synthetic.scene import GENDERS, GROUPS, LARGEST_SEED, SkyName

Renderer = Literal["raster", "path"]
RENDERERS: tuple[Renderer, ...] = get_args(Renderer)
Spectrum = Literal["visible", "infrared"]
Variant = Literal["scalar_rgb", "llvm_ad_rgb", "cycles"]

MOST = 100_000
SMALLEST, LARGEST = 32, 1024
MOST_SAMPLES = 4096


class PeopleSettings(BaseModel):
    """What, with the program's version, determines every pixel that is drawn.

    Pictures of a person are numbered from 0; each number gives a pose, a light and so on, another for each person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="of the first person; the others follow")
    count: int = Field(1, ge=1, le=MOST, description="how many people")
    pictures: int = Field(1, ge=1, le=1000, description="of each person")
    size: int = Field(128, ge=SMALLEST, le=LARGEST, description="pixels a side")
    yaw: float = Field(30.0, ge=0, le=90, description="how far heads turn aside at most, in degrees")
    renderer: Renderer = "raster"
    samples: int = Field(64, ge=1, le=MOST_SAMPLES, description="a pixel, of the path tracer")
    spectrum: Spectrum = "visible"
    sky: SkyName | None = Field(None, description="that lights people and stands behind them")
    variant: Variant = Field("scalar_rgb", description="of Mitsuba, or Blender's Cycles")
    labelled: bool = Field(False, description="whether heads are drawn by sliders, which are their labels")
    group: str | None = Field(None, description="of all of them, as a slider is named; with it they are labelled")
    gender: str | None = Field(None, description="likewise")

    @property
    def by_sliders(self) -> bool:
        """Whether the people have labels of group, gender and age."""
        return self.labelled or self.group is not None or self.gender is not None

    @model_validator(mode="after")
    def _infrared_is_traced(self) -> PeopleSettings:
        if self.spectrum == "infrared" and self.renderer != "path":
            raise ValueError("near infrared is drawn by the path tracer: renderer path")
        return self

    @model_validator(mode="after")
    def _sliders_known(self) -> PeopleSettings:
        for said, known in ((self.group, GROUPS), (self.gender, GENDERS)):
            if said is not None and said not in known:
                raise ValueError(f"there is no slider {said}; there are {', '.join(known)}")
        return self
