"""The one typed description of a debiasing: its adversaries, what it makes small, and by which rates."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Preset = Literal["default", "thesis", "printed"]
Steps = Literal["joint", "separate"]

# By what share of the training the thesis divides the backbone's rate by 10: behind epochs 10, 16, 22 and 28 of 35.
THESIS_DROPS = (10 / 35, 16 / 35, 22 / 35, 28 / 35)


class DebiasingSettings(BaseModel):
    """Everything that, with the faces, the encoder and the attributes, determines a debiased encoder on a device.

    Example:
        >>> from explorer.science.debiasing import DebiasingSettings
        >>> settings = DebiasingSettings()
        >>> settings.adversarial, settings.layers, settings.width  # lambda, and D of section 3.3.4
        (5.0, 13, 16)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    adversarial: float = Field(5.0, ge=0, le=1000, description="lambda of eq. 3.5; 0 leaves the attribute alone")
    clipped: bool = Field(
        True, description="eq. 3.3 ends at the cross-entropy of chance; without it has no lower bound, as printed"
    )
    balanced: bool = Field(True, description="all classes of an attribute weigh as much, however rare one is")
    layers: int = Field(13, ge=0, le=64, description="hidden layers of the discriminator D")
    width: int = Field(16, ge=1, le=4096, description="numbers in each of them")
    wide: bool = Field(
        True, description="a second adversary of three layers of 256 beside D, wide as probes that are trained afresh"
    )
    adversary_steps: int = Field(
        3, ge=1, le=100, description="updates of the adversaries (step 2) for each of the backbone"
    )
    order: Steps = Field(
        "joint", description="joint: eq. 3.5 in one update; separate: steps 3 and 4 after each other, as in 3.3.3"
    )
    scale: float = Field(64.0, gt=0, le=1000, description="s of ArcFace's loss")
    margin: float = Field(0.5, ge=0, le=1.5, description="m of it, in radians; 0 is eq. 3.4 as printed")
    keep: float = Field(
        1.0, ge=0, le=1000, description="weight of what similarities within a class lose; 0 as in the thesis"
    )
    moments: float = Field(
        0.0, ge=0, le=1000, description="weight of how far the classes' distributions lie apart; 0 as in the thesis"
    )
    optimiser: Literal["adam", "sgd"] = Field("adam", description="of all networks; sgd has a momentum of 0.9")
    rate: float = Field(1e-4, gt=0, le=1, description="learning rate of the backbone F")
    classifier_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of the classifier C")
    adversary_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of the adversaries, which does not fall")
    schedule: Literal["cosine", "drops"] = Field(
        "cosine", description="drops: the rates of F and C are divided by 10 behind 10, 16, 22 and 28 of 35 parts"
    )
    decay: float = Field(0.0, ge=0, le=1, description="of all weights")
    pretraining: int = Field(40, ge=0, le=10_000, description="epochs of the adversaries on embeddings as they were")
    pretraining_rate: float = Field(1e-3, gt=0, le=1, description="learning rate of these")
    batch: int = Field(64, ge=2, le=4096, description="pictures of a step")
    epochs: int = Field(12, ge=1, le=1000, description="how often every picture is seen")
    mirrored: bool = Field(True, description="every other picture is mirrored")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="seed of the first weights and of the order")

    @property
    def drops(self) -> tuple[float, ...]:
        """Behind which shares of the training the rates fall to a tenth."""
        return THESIS_DROPS if self.schedule == "drops" else ()


# Section 3.3.4. What it does not give is ours: which optimiser D is trained by at first, and s and m, which are those
# of the ArcFace that it takes.
_THESIS = DebiasingSettings(
    wide=False,
    balanced=False,
    adversary_steps=1,
    order="separate",
    keep=0.0,
    optimiser="sgd",
    rate=1e-2,
    classifier_rate=1e-2,
    adversary_rate=1e-3,
    schedule="drops",
    decay=5e-4,
    pretraining=400,
    pretraining_rate=0.01,
    batch=512,
    epochs=35,
)
PRESETS: dict[Preset, DebiasingSettings] = {
    "default": DebiasingSettings(),
    "thesis": _THESIS,
    # Eqs. 3.3 and 3.4 to the letter: no margin, and nothing that ends the adversarial loss.
    "printed": _THESIS.model_copy(update={"clipped": False, "margin": 0.0}),
}
# The thesis's seven expressions; a smile is labelled more surely.
ATTRIBUTES: dict[Preset, str] = {"default": "smiling", "thesis": "expression", "printed": "expression"}
