"""Which photoreal people are drawn, and which data sets are written."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.studio.people.values import MOST, PeopleSettings

# What the generator draws, and its heads: pictures of other sizes would be scaled.
SIZES = (128, 256, 512, 1024)
# Longer than this no seed is of the generator's.
LARGEST_SEED = 2**31 - 1
Source = Literal["3d", "photoreal"]
Layout = Literal["webdataset", "casia", "fairface"]
LAYOUTS: tuple[Layout, ...] = ("webdataset", "casia", "fairface")


class PhotorealSettings(BaseModel):
    """What, with the list and the program's version, determines every picture.

    seed: None for the people of the list, else of the first of people who are in none: these are checked as they are
    drawn, and are not held against anybody else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int | None = Field(None, ge=0, le=LARGEST_SEED, description="of the first person, where of no list")
    count: int = Field(1, ge=1, le=MOST, description="how many people")
    pictures: int = Field(10, ge=1, le=1000, description="of each person at most")
    size: Literal[128, 256, 512, 1024] = Field(256, description="pixels a side")


class SetSettings(BaseModel):
    """What, with the program's version, determines every byte of a data set. people: who are drawn, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: Layout = "webdataset"
    people: PeopleSettings | PhotorealSettings
    maps: bool = Field(False, description="depth, normals, segments and what is seen of the skin's map (3D people)")
    per_shard: int = Field(100, ge=1, le=10_000, description="people in one shard")

    @property
    def source(self) -> Source:
        """Which kind of people they are."""
        return "3d" if isinstance(self.people, PeopleSettings) else "photoreal"
