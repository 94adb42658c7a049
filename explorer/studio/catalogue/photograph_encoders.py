"""The encoder from photographs into W+: where it lies, read and written, with its card."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.science.inversion.photograph_encoder import (
    PhotographEncoder,
    PhotographEncoderFileError,
    PhotographEncoderRecord,
    decode_photograph_encoder,
    encode_photograph_encoder,
)
from explorer.studio import places
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.files import atomic_write

if TYPE_CHECKING:  # photographs are inverted without what trains
    from explorer.science.training.photograph_encoder import PhotographEncoderRecipe

MISSING = "no encoder from photographs into W+: train one with `likeness train wplus-encoder --work DIR`"


def photograph_encoder_file() -> Path:
    """Where the encoder lies that photographs are inverted by, made or not."""
    return places.models() / "wplus-encoder.safetensors"


def load_photograph_encoder(file: Path | None = None) -> tuple[PhotographEncoder, PhotographEncoderRecord]:
    """An encoder and what is known of it; a file is read once.

    Args:
        file: of the user's own; the program's if None.

    Raises:
        UserError: it is missing or damaged.
    """
    path = file or photograph_encoder_file()
    return read_weights(path, _loaded, PhotographEncoderFileError, MISSING if file is None else None)


@lru_cache(maxsize=2)
def _loaded(file: Path, modified_ns: int) -> tuple[PhotographEncoder, PhotographEncoderRecord]:
    """The time of the file is there to key the memory."""
    return decode_photograph_encoder(file.read_bytes())


def save_photograph_encoder(encoder: PhotographEncoder, record: PhotographEncoderRecord, card: str, file: Path) -> Path:
    """Write an encoder, and its card beside it."""
    mode = 0o644 if file == photograph_encoder_file() else 0o600
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    return atomic_write(file, encode_photograph_encoder(encoder, record), mode=mode)


def photograph_encoder_card(
    record: PhotographEncoderRecord, recipe: PhotographEncoderRecipe, words: str, options: str
) -> str:
    """The card beside an encoder, as Markdown.

    Args:
        words: what it learnt from. options: of the command.
    """
    unseen = [
        f"| {name} | {one.value:.3f}{'' if one.low is None else f' ({one.low:.3f} to {one.high:.3f})'} |"
        for name, one in record.unseen.items()
    ]
    weights = ", ".join(f"{name} {getattr(recipe, name):g}" for name in ("perceptual", "identity", "pixels", "metric"))
    return "\n".join(
        [
            "# wplus-encoder: a photograph's face in W+",
            "",
            f"What it does: answers {record.layers} styles of {record.width} numbers of {record.generator} to",
            "a face in the common frame (`explorer/science/inversion/photograph_encoder.py`; DIFFUSE 5.2.1's F).",
            "",
            "| | |",
            "|---|---|",
            f"| network | MobileFaceNet's convolutions, begun with those of {record.begun_by or 'none'}, on "
            f"{record.side} px; {record.components} directions of W+ |",
            f"| recipe | `explorer/science/training/photograph_encoder.py`: {record.steps} of {recipe.steps} steps by "
            f"styles, batch {recipe.batch}, AdamW at {recipe.rate:g}; {record.drawn_steps} of {recipe.drawn_steps} by "
            f"pictures, batch {recipe.drawn_batch}, at {recipe.drawn_rate:g}; seed {recipe.seed} |",
            f"| made small | squared difference of styles by what it changes (x 1) and in all numbers "
            f"(x {recipe.latent:g}); of pictures LPIPS by AlexNet, 1 - cosine of {record.begun_by or 'none'}, squared "
            f"difference, and the first again ({weights}) |",
            f"| command | `likeness train wplus-encoder{options} --work DIR` |",
            f"| data | {words} |",
            *unseen,
            "| file | safetensors; matrices and kernels as signed bytes with a scale for each row |",
            f"| terms | made with MobileStyleGAN and {record.begun_by or 'no encoder'}: non-commercial research only |",
            "",
        ]
    )
