"""The rows of table 1 of the Deep Face Decoder: which losses act, whose embeddings are decoded by whose features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.science.decoding.settings import LOSSES, WHITE_BOX, DecoderSettings

LOSS_ROWS: Mapping[str, tuple[str, ...]] = {
    "pix. + percept. + grad. (glob. + loc.)": LOSSES,
    "pix. + percept. + grad. (glob.)": ("pixel", "gradient", "perceptual"),
    "pix. + grad. (glob.)": ("pixel", "gradient"),
    "pix. + percept. (glob.)": ("pixel", "perceptual"),
    "grad. + percept. (glob.)": ("gradient", "perceptual"),
    "percept. (glob.)": ("perceptual",),
    "pix. (glob.)": ("pixel",),
    "grad. (glob.)": ("gradient",),
}
"""The upper half, in the paper's words and order: the terms that act, each with a weight of 1."""

Half = Literal["losses", "networks"]


@dataclass(frozen=True)
class TableRow:
    """A row. half: of the table. name: as it is printed. settings: all that its decoder follows from but for faces."""

    half: Half
    name: str
    settings: DecoderSettings


def table_rows(
    base: DecoderSettings, encoders: Sequence[str], perceptual: Sequence[str], losses_of: tuple[str, str]
) -> list[TableRow]:
    """The rows, all from one recipe and one seed.

    Args:
        base: side, network and training of all.
        encoders, perceptual: of the lower half, each with each; an encoder's own features are the white box.
        losses_of: encoder and perceptual network of the upper half.

    Example:
        >>> from explorer.science.decoding.settings import PRESETS
        >>> from explorer.science.decoding.table_rows import table_rows
        >>> both = ("arcface-mbf", "dlib-resnet")
        >>> rows = table_rows(PRESETS[64], both, both, both)
        >>> len(rows), rows[6].name, rows[6].settings.acting, rows[8].settings.perceptual
        (12, 'pix. (glob.)', ('pixel',), 'white-box')
    """

    def settings(encoder: str, features: str, acting: Sequence[str]) -> DecoderSettings:
        return base.model_copy(
            update={
                "encoder": encoder,
                "perceptual": WHITE_BOX if features == encoder else features,
                "weights": {name: 0.0 for name in LOSSES if name not in acting},
            }
        )

    found = [TableRow("losses", name, settings(*losses_of, acting)) for name, acting in LOSS_ROWS.items()]
    found += [
        TableRow("networks", f"{encoder}, features of {features}", settings(encoder, features, LOSSES))
        for encoder in encoders
        for features in perceptual
    ]
    return found
