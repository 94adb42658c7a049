"""What a batch does to every file of a folder, and what came of one: typed, and quick to import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.inversion.settings import InversionSettings, RecordedSettings
from explorer.studio.leakage.reconstructions import MOST_RUNS
from explorer.studio.populations.values import SetSettings

Kind = Literal["invert", "embed", "probe", "fit"]
KINDS: tuple[Kind, ...] = ("invert", "embed", "probe", "fit")


class Job(BaseModel):
    """What is done to every file.

    encoder: attacked, embedded with or read. settings: of inversions; its encoder is this one. figure: formats of the
    figure of an inversion, none for none. refine: whether fits are refined by the photograph's colours. mark: whether
    results say that they are reconstructions. by: how embeddings are read; runs: how many inversions of each are read
    by reconstruction.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    encoder: str = "arcface-mbf"
    settings: RecordedSettings = Field(default_factory=InversionSettings)
    figure: tuple[Literal["png", "svg", "pdf"], ...] = ()
    refine: bool = True
    mark: bool = True
    by: Literal["vector", "reconstruction"] = "vector"
    runs: int = Field(1, ge=1, le=MOST_RUNS)
    source: bool = Field(False, description="whether figures show the photograph")

    def words(self) -> str:
        """What is done, such as "probe, 3 runs (arcface-mbf)" where embeddings are read by reconstruction."""
        if self.kind == "fit":
            return "fit"
        if self.kind == "probe" and self.by == "reconstruction":
            runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
            return f"probe, {runs} ({self.encoder})"
        return f"{self.kind} ({self.encoder})"


class SetJob(BaseModel):
    """A data set of people who never were that is made; it reads no folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: SetSettings

    def words(self) -> str:
        """What is made, such as "10 people × 5 pictures (webdataset)"."""
        people = self.settings.people
        return f"{people.count} people × {people.pictures} pictures ({self.settings.layout})"


class Entry(BaseModel):
    """What came of one file. row: the numbers for the table; empty where it failed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(max_length=4000)]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    status: Literal["done", "failed"]
    reason: str = ""
    seconds: float
    row: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
