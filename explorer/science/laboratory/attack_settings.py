"""The one typed description of an adversarial attack: widget bounds, command-line flags and provenance."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.errors import LikenessError
from explorer.science.inversion.settings import LARGEST_SEED

Method = Literal["fgsm", "bim", "cw", "cw-full"]
Objective = Literal["similarity", "softmax"]

METHOD_TITLES: dict[Method, str] = {
    "fgsm": "FGSM, one signed step",
    "bim": "Iterative FGSM (BIM)",
    "cw": "CW, one signed step",
    "cw-full": "Iterative CW, full optimisation",
}
_STEPS: dict[Method, int] = {"fgsm": 1, "bim": 10, "cw": 1, "cw-full": 100}


class AttackError(LikenessError, ValueError):
    """An attack that cannot be made; the message says why and what to do."""


class AttackSettings(BaseModel):
    """Everything that, with the photograph, its face and the goal, determines an attack on a device.

    Example:
        >>> from explorer.science.laboratory.attack_settings import AttackSettings
        >>> settings = AttackSettings(method="bim", budget=4)
        >>> settings.count, settings.step, settings.largest
        (10, 1.0, 4)
        >>> AttackSettings.model_validate_json(settings.model_dump_json()) == settings
        True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = Field("arcface-mbf", description="the attacked encoder, whose gradients are followed")
    method: Method = Field(
        "fgsm",
        description="one signed step (fgsm), several (bim), one signed step of Carlini and Wagner's objective (cw), or "
        "their whole optimisation (cw-full)",
    )
    objective: Objective = Field(
        "similarity",
        description="the encoder's own measure, or a softmax over the people who are loaded",
    )
    budget: float = Field(
        8.0,
        ge=0,
        le=64,
        description="how much any channel of a pixel may change, of 255; cw-full has a bound of its own",
        json_schema_extra={"unit": "of 255"},
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=2000,
        description="steps of bim and of cw-full",
        json_schema_extra={"unit": "steps", "unset": "10 of bim, 100 of cw-full"},
    )
    step_size: float | None = Field(
        None,
        gt=0,
        le=64,
        description="how far one step of bim goes, of 255",
        json_schema_extra={"unit": "of 255", "unset": "a quarter of the budget"},
    )
    largest_l2: float | None = Field(
        None,
        ge=0,
        le=1000,
        description="Euclidean length that the perturbation of cw-full may have, of pictures in [0, 1]",
        json_schema_extra={"unset": "any"},
    )
    constant: float = Field(
        1.0, gt=0, le=1e6, description="weight of the goal beside the squared length of the perturbation (cw-full)"
    )
    searches: int = Field(
        1,
        ge=1,
        le=9,
        description="optimisations of cw-full, each with a better constant, found by bisection",
    )
    confidence: float = Field(
        0.0, ge=0, le=100, description="by how much cw and cw-full go beyond the goal, in its own units"
    )
    rate: float = Field(0.01, gt=0, le=1, description="learning rate of Adam (cw-full)")
    temperature: float = Field(
        0.1, ge=0.005, le=10, description="of the softmax over people: cosines are divided by it"
    )
    random_start: bool = Field(
        False,
        description="begin at random signs of half the budget, as an attack away from the photograph's own vector "
        "always does",
    )
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="seed of random starts and of the people aimed at")

    @property
    def count(self) -> int:
        """Steps of one optimisation: of a method of one step, one."""
        given = self.steps if self.method in ("bim", "cw-full") else None
        return _STEPS[self.method] if given is None else given

    @property
    def step(self) -> float:
        """How far a signed step goes, of 255."""
        if self.method in ("fgsm", "cw"):
            return self.budget
        return self.budget / 4 if self.step_size is None else self.step_size

    @property
    def largest(self) -> int | None:
        """The largest change of a channel that a saved picture of whole numbers shows; None where the method has no
        such bound."""
        return None if self.method == "cw-full" else int(self.budget + 1e-6)
