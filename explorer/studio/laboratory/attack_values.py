"""What is recorded of an attack on one photograph; holds no picture and no embedding."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from explorer.science.laboratory.attack_settings import METHOD_TITLES, AttackSettings
from explorer.science.recognition.base import Metric
from explorer.studio.inversion.record import TargetRecord


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderView(_Record):
    """What one encoder says of the saved picture, its face found and aligned again; scores are in its measure.

    attacked: whether its gradients were followed.
    threshold: at which people pass; None where the encoder has none.
    own: the score against the photograph that was attacked; None where no face was found again.
    aim: the score against what the attack goes towards; aim_before: that of the photograph itself; None where the
        attack goes away, or the aim is a vector of another encoder.
    success: whether the aim is passed for, or the photograph passed for no longer; None where that is not known.
    """

    encoder: str
    attacked: bool
    measure: Metric
    threshold: float | None
    own: float | None
    aim: float | None
    aim_before: float | None
    success: bool | None


class AttackRecord(_Record):
    """An attack on a face of a photograph.

    source: the face that was attacked. aim: what the attack goes towards; None where it goes away from the face.
    people: names of those over whom the softmax went; empty for an attack on the similarity.
    knows: the defence that the attack saw through; empty for none.
    scores: of the goal, from the photograph to the last step, as the attack itself saw them: a similarity, a distance
        or a probability. reached: whether the goal was, before the picture was rounded to 8 bits.
    largest: the largest change of a channel, of 255. length: of the change, Euclidean, of pictures in [0, 1].
    share: of the photograph's pixels that changed. amplification: by which the change is shown.
    psnr: of the saved picture against the photograph, within the part that encoders look at, in dB; None where nothing
        changed.
    found: whether the face was found again in the saved picture.
    encoders: the attacked one first.
    """

    format: Literal["likeness-attack/1"] = "likeness-attack/1"
    settings: AttackSettings
    source: TargetRecord
    aim: TargetRecord | None
    people: tuple[str, ...]
    knows: str
    scores: tuple[float, ...]
    reached: bool
    largest: int
    length: float
    share: float
    amplification: int
    psnr: float | None
    found: bool
    encoders: tuple[EncoderView, ...]
    device: str
    versions: dict[str, str]
    networks: dict[str, str]
    created: str

    @property
    def away(self) -> bool:
        """Whether the attack goes away from the photograph's own vector."""
        return self.aim is None

    @property
    def title(self) -> str:
        """In words, such as "FGSM, one signed step of 8/255, on arcface-mbf, towards target.jpg"."""
        settings = self.settings
        bound = "" if settings.largest is None else f", within {settings.budget:g}/255"
        where = "away from itself" if self.aim is None else f"towards {self.aim.name}"
        knowing = f", knowing of {self.knows}" if self.knows else ""
        return f"{METHOD_TITLES[settings.method]}{bound}, on {settings.encoder}, {where}{knowing}"
