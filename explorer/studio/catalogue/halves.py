"""The file of a translator that keeps identity in one half, read and written, with its card."""

from __future__ import annotations

from pathlib import Path

from explorer.science.contents import read_bytes
from explorer.science.names import shown
from explorer.science.translation.halves_record import HalvesFileError, HalvesRecord, decode_halves, encode_halves
from explorer.science.translation.network import Translator
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.files import atomic_write


def load_halves(file: Path) -> tuple[Translator, HalvesRecord]:
    """A translator and what is known of it.

    Raises:
        UserError: it is missing or damaged.
    """
    missing = f"{shown(file)}: there is no such file: train one with `likeness train halves --work DIR`"
    return read_weights(file, lambda path, _: decode_halves(read_bytes(path)), HalvesFileError, missing)


def save_halves(translator: Translator, record: HalvesRecord, options: str, file: Path) -> Path:
    """Write a translator, and its card beside it; options: of the command."""
    atomic_write(file.with_suffix(".md"), halves_card(record, options).encode())
    return atomic_write(file, encode_halves(translator, record))


def halves_card(record: HalvesRecord, options: str) -> str:
    """The card beside a translator, as Markdown."""
    settings = record.settings
    losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(record.losses.items()))
    return "\n".join(
        [
            "# identity halves: who it is in one half of W+, the rest in the other",
            "",
            "What it does: maps styles one to one (`explorer/science/translation/network.py`), so that one half of the",
            "coordinates of every layer tells who it is (DIFFUSE, section 5.2.3).",
            "",
            "| | |",
            "|---|---|",
            f"| styles | {record.layers} x {record.width}, of {record.generator} |",
            f"| network | {settings.couplings} additive couplings, maps of {settings.hidden} |",
            f"| recipe | `explorer/science/training/halves.py`: contrast {settings.contrast:g} at a margin of "
            f"{settings.margin:g}, adversary {settings.adversary:g}, {settings.steps} steps of {settings.people} x "
            f"{settings.pictures}, Adam at {settings.rate:g}, seed {settings.seed} |",
            f"| losses of the last step | {losses or '–'} |",
            f"| command | `likeness train halves{options} --work DIR` |",
            f"| data | {record.learnt_from} |",
            "| terms | those of the generator and of the pictures |",
            "",
        ]
    )
