"""The settings of an attack on a black box, and the record of one: holds no pictures and no vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from explorer.science.evaluation.score import EncoderScore
from explorer.science.inversion.settings import InversionSettings, RecordedSettings

WHITES = ("arcface-mbf", "edgeface-s")
"""The encoders that stand in for a black box where nobody says otherwise: the others stay to judge."""
DEFAULT_ATTACK = "translation"
DEFAULT_QUERIES = 1000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AttackSettings(_Record):
    """All that an attack follows from besides the black box and the target.

    attack: by its name among `ATTACKS`. queries: the budget; the target's own and the result's included.
    whites: encoders that stand in. measure: by which the black box's vectors are compared. search: of the latent.
    """

    attack: str = DEFAULT_ATTACK
    queries: int = Field(DEFAULT_QUERIES, ge=1)
    whites: tuple[str, ...] = WHITES
    measure: Literal["cosine", "euclidean"] = "cosine"
    search: RecordedSettings = Field(default_factory=InversionSettings)

    @field_validator("whites")
    @classmethod
    def _some(cls, whites: tuple[str, ...]) -> tuple[str, ...]:
        if not whites or len(set(whites)) < len(whites):
            raise ValueError("an attack needs at least one white box, and each once")
        return whites


class AttackedTarget(_Record):
    """What was attacked. sha256: of the photograph or vector file."""

    kind: Literal["photograph", "vector"]
    name: str
    sha256: str


class QueryCount(_Record):
    """What it took, as `Count` says."""

    used: int
    sent: int
    refused: int
    repeated: int


class BlackBoxRun(_Record):
    """One attack.

    blackbox: its address or its program's name. faces: generated ones that it has answered for.
    held_out: how well the translation did on faces that it had not learnt from, by map; empty without one.
    nearness: of the result to the target by the black box's own word, a cosine or a distance; None where it found no
        face, or repetitions of questions had used up the budget.
    nearest: the same of the nearest face that it was asked about.
    scores: of the result by every encoder that was shown the photograph; nearest_scores: of that nearest face.
    seconds: in all; queries take their part of it.
    """

    format: Literal["likeness-blackbox-run/1"] = "likeness-blackbox-run/1"
    settings: AttackSettings
    target: AttackedTarget
    blackbox: str
    queries: QueryCount
    faces: int
    held_out: dict[str, float] = Field(default_factory=dict)
    nearness: float | None
    nearest: float
    scores: list[EncoderScore] = Field(default_factory=list)
    nearest_scores: dict[str, float] = Field(default_factory=dict)
    result_face_found: bool = True
    seconds: float
    latent_sha256: str
    device: str
    versions: dict[str, str]
    networks: dict[str, str] = Field(description="sha256 of every network file that took part, by catalogue id")
    created: str = Field(description="UTC, ISO 8601")

    def judges(self) -> list[EncoderScore]:
        """The scores of encoders that took no part."""
        return [score for score in self.scores if score.encoder not in self.settings.whites]
