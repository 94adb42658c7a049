"""The typed description of a translator's training, and of the classifier's that it is held against (DIFFUSE 5.2.2)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Model = Literal["figure-3", "figure-4", "figure-5"]


class TranslatorSettings(BaseModel):
    """Everything that, with the faces, their classes and the classifier, determines a translator on a device.

    The report gives the weights' order and no numbers: the discriminator's is the largest, the encoder loss's by far
    the smallest (5.3.4). It has neither `settling` nor an identity term, and elements
    begin as `coordinates`: 0 of both is as it is printed.

    Example:
        >>> from explorer.science.translation.settings import TranslatorSettings
        >>> settings = TranslatorSettings()
        >>> settings.discriminator_weight > settings.classifier_weight > settings.encoder_weight
        True
        >>> TranslatorSettings(model="figure-3").draws
        False
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: Model = Field(
        "figure-5",
        description="figure-3: labels alone; figure-4: classifier and discriminator; figure-5: both as one",
    )
    couplings: int = Field(8, ge=1, le=64, description="additive couplings of the network")
    hidden: int = Field(384, ge=1, le=4096, description="width of their maps' two hidden layers")
    encoder_weight: float = Field(0.02, ge=0, le=1000, description="weight of the encoder loss (figure 3)")
    classifier_weight: float = Field(0.3, ge=0, le=1000, description="weight of the classifier loss (figure 4)")
    discriminator_weight: float = Field(1.0, ge=0, le=1000, description="weight of the adversarial loss (figure 4)")
    identity_weight: float = Field(
        0.5, ge=0, le=1000, description="weight of 1 - cosine of a face and its edit; 0 as in the report"
    )
    vectors: Literal["faces", "normal"] = Field(
        "faces",
        description="what elements are set in: faces: other faces' own vectors; normal: random ones, as in the report",
    )
    begins: Literal["directions", "coordinates"] = Field(
        "directions",
        description="what elements are at first: linear directions of classes, or coordinates of W as in the report",
    )
    settling: int = Field(
        400, ge=0, le=100_000, description="first steps by labels alone, which cost little; 0 as in the report"
    )
    steps: int = Field(2400, ge=1, le=1_000_000, description="steps behind these")
    batch: int = Field(8, ge=1, le=1024, description="faces that are drawn in a step")
    labelled: int = Field(64, ge=1, le=4096, description="faces of a step that are only labelled")
    drawn_at: int = Field(
        128, ge=16, le=256, multiple_of=16, description="side of what is drawn, in pixels: of a preview head"
    )
    frozen_after: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="drawn steps behind which the discriminator learns no more",
        json_schema_extra={"unset": "never"},
    )
    sharpness: float = Field(1.0, ge=0, le=1000, description="weight of the discriminator's gradient penalty (R1)")
    rate: float = Field(2e-4, gt=0, le=1, description="learning rate of the translator")
    discriminator_rate: float = Field(2e-4, gt=0, le=1, description="learning rate of the discriminator")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the halves, the first weights and the order")

    @property
    def draws(self) -> bool:
        """Whether faces are drawn in the training."""
        return self.model != "figure-3"

    @property
    def reads(self) -> bool:
        """Whether labels of faces count themselves, behind the first steps."""
        return self.model != "figure-4"

    @property
    def first(self) -> int:
        """How many first steps go by labels alone: all of figure 3's, none of figure 4's."""
        return {"figure-3": self.settling + self.steps, "figure-4": 0, "figure-5": self.settling}[self.model]

    @property
    def all_steps(self) -> int:
        """How many steps there are."""
        return self.steps if self.model == "figure-4" else self.settling + self.steps


class ClassifierSettings(BaseModel):
    """Everything that, with the pictures and their classes, determines a classifier on a device.

    Example:
        >>> from explorer.science.translation.settings import ClassifierSettings
        >>> ClassifierSettings(seen=32, epochs=1).batch
        32
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: int = Field(64, ge=32, le=512, multiple_of=32, description="side of the pictures that it sees, in pixels")
    epochs: int = Field(8, ge=1, le=1000, description="how often as many pictures as there are are seen")
    batch: int = Field(32, ge=2, le=4096, description="pictures of a step")
    rate: float = Field(1e-3, gt=0, le=1, description="learning rate")
    decay: float = Field(1e-3, ge=0, le=1, description="of all weights")
    mirrored: bool = Field(True, description="every other picture is mirrored")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights and of the order")
