"""Some probes of an encoder trained anew, the others left as they are: their file and their card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.science.leakage.fitted import FittedProbe
from explorer.studio.catalogue import probes as probing
from explorer.studio.corpus.probe_card import renewed_card
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def renew_probes(encoder: str, anew: Mapping[str, FittedProbe], corpus: str, seconds: float) -> Path:
    """Put probes in the place of those of the same names in the encoder's file, and say so in its card.

    Args:
        corpus: what they were trained on, in words. seconds: how long that took.

    Raises:
        UserError: the encoder has no probes or no card of them, or lacks one of the names: train all.
    """
    held = probing.load_bare_probes(encoder).probes
    file = probing.probes_file(encoder)
    card = file.with_suffix(".md")
    all_again = f"train all: `likeness train probes --work DIR --encoder {encoder}`"
    if lacking := sorted(set(anew) - set(held)):
        raise UserError(f"{file.name} has no probe {', '.join(lacking)}: {all_again}")
    try:
        text = renewed_card(card.read_text(), anew, corpus, seconds)
    except (OSError, ValueError) as error:
        raise UserError(f"{card.name} is missing, or is no card of probes: {all_again}") from error
    written = probing.save_probes(encoder, {**held, **anew})
    atomic_write(card, text.encode(), mode=probing.mode_of(encoder))
    return written
