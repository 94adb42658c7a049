"""The one typed description of an inversion: widget bounds, command-line flags, session and provenance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS, absence
from explorer.science.generation.spec import Space

Optimiser = Literal["adam", "sgd"]
Schedule = Literal["constant", "cosine", "ramp"]
Precision = Literal["single", "mixed"]
StartOrigin = Literal["random", "regressor", "step", "decoder", "photograph", "mean"]

# What settings of before there was such a choice did, by its name: records of then are read so, whatever the default.
_CAME_LATER: Mapping[str, float | str] = {
    "tolerance": 0.0,
    "coarse": 0,
    "lead": 0.0,
    "precision": "single",
    "retry": 0.0,
    "framings": 1,
}
# Whether a record is being read: what made it need not be on this machine.
_of_a_record: ContextVar[bool] = ContextVar("of_a_record", default=False)
LARGEST_SEED = 2**31 - 1
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


class InversionSettings(BaseModel):
    """Everything that, with the target embedding, determines an inversion on a device.

    `weights` maps a loss term's name (see inversion/terms) to its weight; terms that are missing take their default.

    Example:
        >>> from explorer.science.inversion import InversionSettings
        >>> settings = InversionSettings(encoder="sface", steps=30, seed=7)
        >>> settings.space, settings.optimiser, settings.targets
        ('W+', 'adam', 'none')
        >>> InversionSettings.model_validate_json(settings.model_dump_json()) == settings
        True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = Field("arcface-mbf", description="the attacked encoder, whose embedding is inverted")
    generator: str = Field(DEFAULT_GENERATOR, description="the generator that draws the face")
    space: Space = Field("W+", description="latent space that is searched")
    steps: int = Field(72, ge=1, le=5000, description="optimiser steps at most", json_schema_extra={"unit": "steps"})
    optimiser: Optimiser = Field("adam", description="optimiser of the latent")
    rate: float = Field(0.05, gt=0, le=10, description="learning rate")
    schedule: Schedule = Field("cosine", description="how the rate changes over the steps")
    starts: int = Field(
        24,
        ge=1,
        le=512,
        description="random starts tried",
        json_schema_extra={"unit": "starts"},
    )
    contest: int = Field(
        2,
        ge=0,
        le=50,
        description="steps that every start is followed for before the better half goes on, for twice as many in all, "
        "until one is left; 0 takes the start that is nearest as drawn",
        json_schema_extra={"unit": "steps"},
    )
    lead: float = Field(
        0.0,
        ge=0,
        le=1,
        description="behind the first cut of the contest all others go out as soon as the loss of the start that is "
        "ahead is by this share lower than the next one's; 0 holds every round",
    )
    retry: float = Field(
        0.87,
        ge=0,
        le=1,
        description="cosine to the target that the contest's winner must have come to: else as many other random "
        "starts compete as well, and the better winner goes on; 0 holds one contest",
    )
    regressor: bool = Field(
        True,
        description="let the encoder's regressor, where there is one, propose a few more starts from the vector: one "
        "for every eight random ones",
    )
    truncation: float = Field(0.5, ge=0, le=1, description="truncation psi of the random starts")
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="seed of the starts")
    weights: dict[str, float] = Field(default_factory=dict, description="weights of the loss terms")
    targets: Literal["none", "vector", "photograph", "picture"] = Field(
        "none",
        description="where the landmarks and histogram that are sought come from: predicted from the vector or, for "
        "comparison, taken from the photograph; picture inverts the photograph itself, as far as W+ holds it",
    )
    histogram: Literal["ours", "printed"] = Field(
        "ours", description="soft histogram: ours, or thesis eq. 4.4 as printed"
    )
    tolerance: float = Field(
        0.5,
        ge=0,
        le=3,
        description="how far a face may lie from landmarks and histogram that were predicted before that counts: 1 is "
        "the probe's error that nine of ten faces stay within, 0 tolerates nothing, as the thesis",
    )
    resolution: Literal[128, 256, 512, 1024] = Field(
        256, description="image size inside the loop", json_schema_extra={"unit": "px"}
    )
    coarse: int = Field(
        0,
        ge=0,
        le=5000,
        description="first steps of every start, those of the contest before those of the search, drawn at 128 px: far "
        "from the target a small image tells nearly as much, in less time; 0 draws none so",
        json_schema_extra={"unit": "steps"},
    )
    finish: int = Field(
        10,
        ge=0,
        le=500,
        description="last of the steps, drawn at 512 px or more, so that nothing counts that only the preview shows",
        json_schema_extra={"unit": "steps"},
    )
    precision: Precision = Field(
        "mixed",
        description="numbers that the generator draws the steps by: mixed takes bfloat16 where the processor has units "
        "for it (AMX), in half the time, and is single elsewhere; the result is always drawn by single ones",
    )
    framings: int = Field(
        1,
        ge=1,
        le=5,
        description="crops of the drawn face that the attacked encoder sees in turn, one a step: as it is aligned, "
        "larger, smaller, mirrored, and smaller and mirrored, so that nothing counts that one crop alone shows; the "
        "contest and the last phase of steps see the first; 1 is that alone",
        json_schema_extra={"unit": "crops"},
    )
    realign_every: int = Field(
        5,
        ge=1,
        le=100,
        description="steps between detections of the generated face",
        json_schema_extra={"unit": "steps"},
    )
    score_every: int = Field(
        10, ge=1, le=1000, description="steps between scores on held-out encoders", json_schema_extra={"unit": "steps"}
    )
    stop_cosine: float | None = Field(None, ge=0, le=1, description="stop once the attacked cosine reaches this")
    patience: int | None = Field(
        None,
        ge=2,
        le=1000,
        description="stop after this many steps without progress",
        json_schema_extra={"unit": "steps"},
    )

    @property
    def shows_photograph(self) -> bool:
        """Whether more of the photograph is used than its embedding; whatever shows the run says so."""
        return self.targets in ("photograph", "picture")

    @field_validator("generator")
    @classmethod
    def _known_generator(cls, generator: str) -> str:
        if generator in GENERATORS:
            return GENERATORS.canonical(generator)
        if _of_a_record.get() and _NAME.fullmatch(generator):
            return generator
        raise ValueError(absence(generator))

    @model_validator(mode="before")
    @classmethod
    def _of_an_earlier_version(cls, given: Any) -> Any:
        """Settings that are complete but for choices that came later are from before there were these."""
        if isinstance(given, dict) and given.keys() >= cls.model_fields.keys() - _CAME_LATER.keys():
            return {**_CAME_LATER, **given}
        return given


def _read_from_a_record(given: Any, read: ValidatorFunctionWrapHandler) -> Any:
    before = _of_a_record.set(True)
    try:
        return read(given)
    finally:
        _of_a_record.reset(before)


RecordedSettings = Annotated[InversionSettings, WrapValidator(_read_from_a_record)]
"""Settings as records, sessions and batches hold them: their generator need not be on this machine."""

_RECORDED: TypeAdapter[InversionSettings] = TypeAdapter(RecordedSettings)


def recorded_settings(given: Mapping[str, Any]) -> InversionSettings:
    """Settings of a record, whose generator need not be on this machine.

    Raises:
        ValidationError: they are out of range, or the generator's name is none.

    Example:
        >>> from explorer.science.inversion.settings import recorded_settings
        >>> recorded_settings({"generator": "of-a-colleague"}).generator
        'of-a-colleague'
    """
    return _RECORDED.validate_python(given)
