"""The settings of an inversion from a preset and what a caller would have otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS
from explorer.studio.catalogue.brought_encoders import register_brought_encoders
from explorer.studio.catalogue.generators import register_brought
from explorer.studio.catalogue.networks import attacked_encoder
from explorer.studio.errors import UserError, explain


def configured_inversion(
    encoder: str, preset: str, weights: Mapping[str, float] | None, settings: Mapping[str, Any]
) -> InversionSettings:
    """The preset's settings but for those that are given.

    Args:
        encoder: the attacked one.
        weights: of loss terms, by name.
        settings: other fields of InversionSettings, by name.

    Raises:
        UserError: a term, preset, encoder or field is unknown, or a value is out of bounds.
    """
    unknown = sorted(set(weights or {}) - set(TERMS))
    if unknown:
        raise UserError(f"no loss term called {unknown[0]!r}; there are {', '.join(TERMS)}")
    if preset not in PRESETS:
        raise UserError(f"no preset called {preset!r}; there are {', '.join(PRESETS)}")
    attacked_encoder(encoder)
    register_brought()
    register_brought_encoders()
    try:
        return PRESETS[preset].with_choices({**settings, "encoder": encoder}, weights or {})
    except ValidationError as error:
        raise UserError(str(explain(error))) from None
