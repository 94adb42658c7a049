"""What commands share that invert, or read by inversions: a preset, weights of loss terms, and how to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from explorer.science.inversion.presets import PRESETS, Preset
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError

# How embeddings are read.
By = Literal["vector", "reconstruction"]
PRESET_HELP = f"Weights and forms to begin with: {', '.join(PRESETS)}."
WEIGHT_HELP = "A loss term's weight, as identity=1."
PresetOption = Annotated[str, typer.Option(help=PRESET_HELP)]
WeightOption = Annotated[list[str] | None, typer.Option(help=WEIGHT_HELP)]


def configured(preset: str | Preset, settings: dict[str, Any], weight: list[str] | None) -> InversionSettings:
    """Settings in which what was given by name goes before the preset.

    Raises:
        UserError: there is no such preset or loss term, or a weight is no number.
    """
    if isinstance(preset, str):
        if preset not in PRESETS:
            raise UserError(f"--preset {preset}: there are {', '.join(PRESETS)}")
        preset = PRESETS[preset]
    return preset.with_choices(settings, _weights(weight or []))


def refuse_without_inversions(by: By, given: Mapping[str, object]) -> None:
    """Refuse what belongs to inversions where readings are made by probes alone.

    Args:
        given: by the names of options; None and empty where an option was not given.

    Raises:
        UserError: so.
    """
    names = [name for name, value in given.items() if value is not None]
    if by == "vector" and names:
        flag = "--" + names[0].replace("_", "-")
        raise UserError(f"{flag} belongs to inversions: give --by reconstruction as well")


def _weights(given: list[str]) -> dict[str, float]:
    from explorer.science.inversion.terms import TERMS  # brings torch

    weights = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in TERMS:
            raise UserError(f"--weight {one}: no loss term called {name!r}; there are {', '.join(TERMS)}")
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise UserError(f"--weight {one}: give a number, as {name}=0.5") from error
    return weights
