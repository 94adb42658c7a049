"""What can be done to a photograph or to an embedding before it is read: the typed description of both.

`perturb.py` does it to embeddings, `retouch.py` to photographs.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A place in the common frame: (0, 0) is its upper left corner, (1, 1) the lower right one.
Place = tuple[Annotated[float, Field(ge=-1, le=2)], Annotated[float, Field(ge=-1, le=2)]]


class _Edit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def _parts(self, words: dict[str, str]) -> str:
        """The words of those fields that are not at their default."""
        changed = [name for name in words if getattr(self, name) != type(self).model_fields[name].default]
        return ", ".join(words[name] for name in changed)


class VectorEdit(_Edit):
    """What is done to an embedding, in this order: noise, quantisation, loss of components.

    Example:
        >>> from explorer.science.leakage import VectorEdit
        >>> VectorEdit(noise=0.5, bits=4).words(), VectorEdit().changes
        ('noise 0.5, 4 bits', False)
    """

    noise: float = Field(
        0.0, ge=0, le=4, description="length of the noise that is added, in units of the embedding's own length"
    )
    bits: int | None = Field(
        None,
        ge=1,
        le=16,
        description="bits that each number of the embedding is kept in",
        json_schema_extra={"unit": "bits"},
    )
    drop: float = Field(0.0, ge=0, le=0.99, description="share of the embedding's numbers that is set to zero")
    noise_seed: int = Field(0, ge=0, description="seed of the noise and of which numbers are dropped")

    @property
    def changes(self) -> bool:
        """Whether anything is done."""
        return self.noise > 0 or self.bits is not None or self.drop > 0

    def words(self) -> str:
        """Such as "noise 0.5, 4 bits, 25 % dropped"; empty where nothing is done."""
        return self._parts(
            {"noise": f"noise {self.noise:g}", "bits": f"{self.bits} bits", "drop": f"{100 * self.drop:g} % dropped"}
        )


class Patch(BaseModel):
    """A part of the common frame that is hidden.

    points: corners of an area, or the course of a stroke. width: of the stroke in units of the frame's side, with
        round ends; 0 for an area, which has at least three corners.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: tuple[Place, ...] = Field(min_length=1)
    width: float = Field(0.0, ge=0, le=1)

    @classmethod
    def rectangle(cls, left: float, top: float, right: float, bottom: float) -> Patch:
        """Hide what lies between these edges."""
        return cls(points=((left, top), (right, top), (right, bottom), (left, bottom)))


class PictureEdit(_Edit):
    """What is done to a photograph, in this order: parts are hidden, the lens blurs, the sensor is exposed and adds its
    noise, the file is compressed.

    Example:
        >>> from explorer.science.leakage import PictureEdit
        >>> PictureEdit().changes, PictureEdit().words()
        (False, '')
    """

    hidden: tuple[Patch, ...] = Field((), description="parts of the face that are painted over in grey")
    blur: float = Field(
        0.0,
        ge=0,
        le=5,
        description="standard deviation of a blur, in percent of the frame's side",
        json_schema_extra={"unit": "%"},
    )
    brightness: float = Field(
        0.0, ge=-3, le=3, description="exposure, in stops of light", json_schema_extra={"unit": "stops"}
    )
    grain: float = Field(
        0.0,
        ge=0,
        le=50,
        description="standard deviation of the noise in each pixel, in percent of full scale",
        json_schema_extra={"unit": "%"},
    )
    jpeg: int | None = Field(None, ge=1, le=100, description="quality of a JPEG file the photograph goes through")
    grain_seed: int = Field(0, ge=0, description="seed of the noise in the pixels")

    @property
    def changes(self) -> bool:
        """Whether anything is done."""
        return self != PictureEdit(grain_seed=self.grain_seed)

    def words(self) -> str:
        """Such as "2 parts hidden, blur 1 %"; empty where nothing is done."""
        count = len(self.hidden)
        return self._parts(
            {
                "hidden": f"{count} part{'' if count == 1 else 's'} hidden",
                "blur": f"blur {self.blur:g} %",
                "brightness": f"exposure {self.brightness:+g} stops",
                "grain": f"noise {self.grain:g} % per pixel",
                "jpeg": f"JPEG quality {self.jpeg}",
            }
        )
