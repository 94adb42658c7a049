"""What is chosen in the laboratory, and the rows that come of it, as the window shows them. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.evaluation.score import EncoderScore
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.attack_settings import Method as AttackMethod
from explorer.science.laboratory.regions import Fill, Region
from explorer.science.leakage.edits import Patch
from explorer.science.leakage.readout import Readout
from explorer.studio.arrays import Frame, Vector
from explorer.studio.inversion.values import RunTarget

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.laboratory.altering import AlteredFace
    from explorer.studio.laboratory.attack_faces import AttackedView
    from explorer.studio.laboratory.modified_faces import ModifiedFace
    from explorer.studio.laboratory.occluding import StudiedFace

    Made = AlteredFace | StudiedFace | AttackedView | ModifiedFace

Operation = Literal["alter", "occlusion", "attack", "modify"]
OPERATIONS: dict[Operation, str] = {
    "alter": "Rotate, shift, scale",
    "occlusion": "Hide parts",
    "attack": "Attack",
    "modify": "Take an attribute out",
}
MOST_PATCHES = 40
_Level = Annotated[int, Field(ge=0, le=255)]
_Key = Annotated[str, Field(max_length=200)]


class _Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class AlterChoice(_Choice):
    """Scaled and turned about the window's centre, then shifted.

    rotation: in degrees, counterclockwise as seen. right, down: in widths of the window. realigned: whether the face is
    looked for again, as systems do; else the encoder sees the altered template, as in the paper.
    """

    rotation: float = Field(30.0, ge=-180, le=180)
    right: float = Field(0.0, ge=-0.5, le=0.5)
    down: float = Field(0.0, ge=-0.5, le=0.5)
    scale: float = Field(1.0, ge=0.3, le=2)
    realigned: bool = False

    @property
    def name(self) -> str:
        """As `alteration_of` reads it, such as "rotated-30" or "rotated-330+scaled-0.5".

        Example:
            >>> from explorer.studio.laboratory.values import AlterChoice
            >>> AlterChoice(rotation=-10, down=-0.2).name, AlterChoice(rotation=0).name
            ('rotated-350+shifted-up-0.2', 'upright')
        """
        parts = [f"rotated-{self.rotation % 360:g}"] if self.rotation % 360 else []
        for shift, ways in ((self.right, ("left", "right")), (self.down, ("up", "down"))):
            parts += [f"shifted-{ways[shift > 0]}-{abs(shift):g}"] if shift else []
        parts += [f"scaled-{self.scale:g}"] if self.scale != 1 else []
        return "+".join(parts) or "upright"


class OcclusionChoice(_Choice):
    """What is hidden, all in one picture. realign: whether the face is looked for again; else it keeps its points."""

    regions: tuple[Region, ...] = Field(("eyes",), max_length=20)
    patches: tuple[Patch, ...] = Field((), max_length=MOST_PATCHES)
    fill: Fill = "colour"
    colour: tuple[_Level, _Level, _Level] = (0, 0, 0)
    realign: bool = False


class AttackChoice(_Choice):
    """An attack on the similarity. steps: None for the method's own number; towards: key of a face or vector, or empty
    to go away from the face itself."""

    method: AttackMethod = "fgsm"
    budget: float = Field(8.0, ge=0, le=64)
    steps: int | None = Field(None, ge=1, le=200)
    towards: _Key = ""


class ModifyChoice(_Choice):
    """What is taken out of the embedding, and how: parts of a network are swapped, or directions are removed."""

    attribute: str = Field("gender", min_length=1, max_length=60)
    method: Literal["network", "linear"] = "network"


class LabChoice(_Choice):
    """All that is chosen. faces: keys of those that are ticked; the selected face where none is.

    maps, modifier: files of the user's own, of embeddings' maps and of what takes an attribute out; empty for none, and
    for the program's own.
    """

    operation: Operation = "alter"
    faces: tuple[_Key, ...] = Field((), max_length=10_000)
    alter: AlterChoice = AlterChoice()
    occlusion: OcclusionChoice = OcclusionChoice()
    attack: AttackChoice = AttackChoice()
    modify: ModifyChoice = ModifyChoice()
    maps: str = Field("", max_length=4000)
    modifier: str = Field("", max_length=4000)

    @property
    def made_by(self) -> tuple[object, ...]:
        """What rows follow from, besides faces and encoder: the operation and its own settings."""
        own = {"alter": self.maps, "modify": self.modifier}
        return self.operation, getattr(self, self.operation), own.get(self.operation, "")


@dataclass(frozen=True, eq=False)
class LabFace:
    """A face that is looked at. vectors: (D,) by encoder, as the session has them. frame: it in the common frame."""

    key: str
    name: str
    photograph: Photograph
    face: Face
    vectors: Mapping[str, Vector]
    frame: Frame


@dataclass(frozen=True, eq=False)
class RowScore:
    """What one encoder says of a changed face beside the face as it is.

    mapped: of the embedding behind the encoder's map. aim_before, aim: beside what an attack goes towards, of the face
    as it is and attacked; None where that is not known.
    """

    score: EncoderScore
    mapped: EncoderScore | None = None
    aim_before: float | None = None
    aim: float | None = None


@dataclass(frozen=True, eq=False)
class LabRow:
    """What became of one face.

    choice, encoder, aim: what it was made by; the choice names no faces, and the encoder is whose embedding, decodes
        and probes are shown.
    picture: the photograph as altered. change: what an attack changed, amplified.
    before, after, mapped: (D,) embeddings, the last one behind the map; None where there is none.
    decoded: what the encoder's decoder draws of the face as it is, altered, and behind the map.
    undecoded: why it draws nothing, and what to do.
    scores: the encoder's own first. probes: before and after.
    facts: what there is to say in a line. remark: why something is missing; made: for exports.
    """

    whose: LabFace
    choice: LabChoice
    encoder: str
    picture: Frame
    aim: RunTarget | None = None
    change: Frame | None = None
    before: Vector | None = None
    after: Vector | None = None
    mapped: Vector | None = None
    decoded: tuple[Frame | None, Frame | None, Frame | None] = (None, None, None)
    undecoded: str = ""
    scores: tuple[RowScore, ...] = ()
    probes: tuple[tuple[Readout, Readout | None], ...] = ()
    facts: str = ""
    remark: str = ""
    made: Made | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Of the face."""
        return self.whose.key
