"""Of which faces a vector is that was made here, template or changed face: kept with it, written beside it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_FACES = 10_000
_Place = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class VectorSource(BaseModel):
    """A face or vector that a vector was made of.

    key: of it in its session; empty for a file of a command. name, sha256: of the photograph, or of the vector's file.
    points: the five points of the face; None of a bare embedding.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field("", max_length=400)
    name: str = Field(max_length=2000)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    points: tuple[tuple[_Place, _Place], ...] | None = Field(None, min_length=5, max_length=5)
    points_by_hand: bool = False


class TemplateMember(VectorSource):
    """A face that a template is averaged of. weight: its share."""

    weight: float = Field(ge=0, le=1, allow_inf_nan=False)


class TemplateRecord(BaseModel):
    """Of which faces a template is, and how their vectors were averaged.

    weighting: in words: "equal", "given", or the rule of quality.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    averaging: Literal["normalised", "plain"]
    weighting: str = Field("equal", max_length=100)
    members: tuple[TemplateMember, ...] = Field(min_length=1, max_length=MOST_FACES)

    @model_validator(mode="after")
    def _whole(self) -> TemplateRecord:
        if abs(sum(member.weight for member in self.members) - 1) > 1e-3:
            raise ValueError("the weights of a template's faces sum to 1")
        return self

    @property
    def faces(self) -> int:
        """Of how many faces it is."""
        return len(self.members)

    def words(self) -> str:
        """Such as "a template of 5 faces, averaged normalised"."""
        weights = "" if self.weighting == "equal" else f", weights: {self.weighting}"
        return f"a template of {self.faces} faces, averaged {self.averaging}{weights}"

    def exported(self) -> dict[str, Any]:
        """The fields of an export's record: of how many faces it is, and which these are."""
        sources = [member.model_dump(mode="json", exclude={"key"}) for member in self.members]
        return {"faces": self.faces, "averaging": self.averaging, "weighting": self.weighting, "sources": sources}


class ChangedRecord(BaseModel):
    """What a changed face's embedding is of.

    how: what was done to the face, in words. sources: the face, then what an attack on it went towards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: str = Field(min_length=1, max_length=2000)
    sources: tuple[VectorSource, ...] = Field(min_length=1, max_length=MOST_FACES)

    def exported(self) -> dict[str, Any]:
        """The fields of an export's record: what was done, and to which face."""
        sources = [source.model_dump(mode="json", exclude={"key"}) for source in self.sources]
        return {"change": self.how, "sources": sources}
