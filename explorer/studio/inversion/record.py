"""The record of one inversion: what a figure, a session file and `--json` are made from. Holds no pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.evaluation.score import EncoderScore
from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import RecordedSettings, StartOrigin
from explorer.science.leakage.edits import PictureEdit, VectorEdit

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor

__all__ = [
    "Branch",
    "BranchingPoint",
    "ContestStep",
    "EncoderScore",
    "InversionRun",
    "Origin",
    "StepRecord",
    "TargetRecord",
    "WeightChange",
]


Origin = Literal["vector", "photograph"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepRecord(_Record):
    """One step's numbers. `resolution`: the side in pixels of the image that was drawn and judged."""

    index: int
    seconds: float
    total: float
    losses: dict[str, float]
    weights: dict[str, float]
    cosine: float
    scores: dict[str, float]
    best: bool
    resolution: int


class ContestStep(_Record):
    """The start that was ahead at one step of the contest, and its numbers.

    step: how many steps of the contest it had made; 0 as drawn. number: which of the starts it was.
    competing: how many still did. losses: unweighted, of the terms that the contest went by.
    score: what the attacked encoder's own measure said, cosine or distance.
    """

    step: int = Field(ge=0)
    number: int = Field(ge=0)
    competing: int
    losses: dict[str, float]
    weights: dict[str, float]
    total: float
    cosine: float
    score: float


class WeightChange(_Record):
    """A slider moved during the run: from this step on, the term has this weight."""

    step: int
    term: str
    weight: float


class TargetRecord(_Record):
    """Where the target embedding came from. `sha256` is of the photograph or vector file.

    picture_edit: what was done to the photograph before it was embedded; vector_edit: to the embedding after that.
    """

    kind: Literal["photograph", "vector"]
    name: str
    sha256: str
    encoder: str
    norm: float
    points: list[list[float]] | None = None
    points_by_hand: bool = False
    picture_edit: PictureEdit | None = None
    vector_edit: VectorEdit | None = None

    def altered(self, vector: NDArray[np.float32], picture: PictureEdit, edit: VectorEdit) -> TargetRecord:
        """Describe the embedding (D,) that these edits made of it."""
        return self.model_copy(
            update={
                "norm": float(np.linalg.norm(vector)),
                "picture_edit": picture if picture.changes else None,
                "vector_edit": edit if edit.changes else None,
            }
        )

    @property
    def alterations(self) -> str:
        """The edits in words, such as "blur 1 %, 4 bits"; empty where there are none."""
        edits = (self.picture_edit, self.vector_edit)
        return ", ".join(edit.words() for edit in edits if edit is not None)

    @classmethod
    def of_vector(cls, name: str, sha256: str, encoder: str, vector: NDArray[np.float32]) -> TargetRecord:
        """Describe a bare embedding, (D,)."""
        return cls(kind="vector", name=name, sha256=sha256, encoder=encoder, norm=float(np.linalg.norm(vector)))

    @classmethod
    def of_face(cls, photograph: Photograph, face: Face, encoder: str, vector: NDArray[np.float32]) -> TargetRecord:
        """Describe a photograph's face by its embedding, (D,)."""
        return cls(
            kind="photograph",
            name=photograph.name,
            sha256=photograph.sha256,
            encoder=encoder,
            norm=float(np.linalg.norm(vector)),
            points=face.points.tolist(),
            points_by_hand=face.by_hand,
        )


class Branch(_Record):
    """Where a run goes on from an earlier one, with what it takes to make that again up to there.

    run: the earlier one's key in its session. step: of it. settings, weight_changes: its own, the changes up to
    that step. branch: where that one went on from in turn; None where it began with starts. regressor: the name of the
    file of what proposed some of these; None where nothing did, or it is from before there were several.
    """

    run: str
    step: int = Field(ge=0)
    settings: RecordedSettings
    weight_changes: list[WeightChange] = Field(default_factory=list)
    branch: Branch | None = None
    regressor: str | None = None

    @property
    def steps(self) -> int:
        """How many steps lead to it, through all earlier runs."""
        return self.step + (0 if self.branch is None else self.branch.steps)

    @property
    def shows_photograph(self) -> bool:
        """Whether any of the earlier runs used more of the photograph than its embedding."""
        return self.settings.shows_photograph or (self.branch is not None and self.branch.shows_photograph)


@dataclass(frozen=True, eq=False)
class BranchingPoint:
    """A branch and the latent of its step, in the space of the earlier run's settings."""

    record: Branch
    latent: Tensor


class InversionRun(_Record):
    """One finished (or stopped) inversion."""

    format: Literal["likeness-run/1"] = "likeness-run/1"
    settings: RecordedSettings
    target: TargetRecord
    sought: dict[str, Origin] = Field(
        default_factory=dict, description="where what is sought besides the embedding came from, by loss term"
    )
    steps: list[StepRecord]
    weight_changes: list[WeightChange] = Field(default_factory=list)
    best_index: int
    stopped_by: Literal["steps", "cosine", "plateau", "user"]
    scores: list[EncoderScore] = Field(default_factory=list)
    result_face_found: bool = True
    starts_seconds: float
    begun_from: StartOrigin = "random"
    proposed_starts: int = Field(
        0, description="how many starts a regressor proposed from the vector, beside the random ones"
    )
    branch: Branch | None = Field(None, description="the step of an earlier run that this one went on from")
    seconds: float
    latent_sha256: str | None = Field(None, description="of the result's latent, float32 in little-endian order")
    device: str
    versions: dict[str, str]
    networks: dict[str, str] = Field(description="sha256 of every network file that took part, by catalogue id")
    created: str = Field(description="UTC, ISO 8601")

    @property
    def guided_by_photograph(self) -> bool:
        """Whether more of the photograph was used than its embedding; whatever shows the run says so."""
        earlier = self.branch is not None and self.branch.shows_photograph
        return earlier or "photograph" in self.sought.values()
