"""Faces read and moved by handles: what the window's sliders, the figures and the judges share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.translation.network import Translator, handles_of, with_handles
from explorer.science.translation.record import TranslatorRecord
from explorer.studio.catalogue.translators import load_translator
from explorer.studio.errors import UserError


@dataclass(frozen=True, eq=False)
class HandleEditor:
    """A translator, ready to read and move styles of its generator."""

    translator: Translator
    record: TranslatorRecord

    @torch.no_grad()
    def read(self, styles: Tensor) -> dict[str, Tensor]:
        """What elements say of styles (B, L, K): (B,) by attribute, means over the layers (DIFFUSE 5.3.4)."""
        structured = self.translator(self._fitting(styles))
        return {name: values.cpu() for name, values in handles_of(structured, self.record.elements).items()}

    @torch.no_grad()
    def moved(self, styles: Tensor, values: Mapping[str, Tensor | float]) -> Tensor:
        """Styles (B, L, K) with elements set in every layer, all else of the structured space left as it is.

        Raises:
            UserError: the styles are of another generator.
            ValueError: a value is of an attribute without a handle.
        """
        if not values:
            return styles
        structured = self.translator(self._fitting(styles))
        changed = self.translator.inverse(with_handles(structured, self.record.elements, values))
        return changed.to(styles)

    def _fitting(self, styles: Tensor) -> Tensor:
        wanted = (self.record.layers, self.record.width)
        if styles.shape[1:] != wanted:
            raise UserError(
                f"the handles are of {self.record.generator}, whose styles are {wanted[0]} x {wanted[1]}, "
                f"not {' x '.join(map(str, styles.shape[1:]))}: choose that generator"
            )
        return styles.to(self.translator.mean_w)


def load_editor(file: Path | None = None, generator: Generator | None = None) -> HandleEditor:
    """The editor of a translator's file, the program's own if None.

    Args:
        generator: whose faces are to be moved, where that is known.

    Raises:
        UserError: it is missing or damaged, or of another generator.
    """
    translator, record = load_translator(file)
    if generator is not None and generator.spec.id != record.generator:
        raise UserError(f"the handles are of {record.generator}, not of {generator.spec.id}: choose that generator")
    return HandleEditor(translator, record)
