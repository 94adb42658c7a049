"""The refiners of regressors' answers that lie among the program's own weights, and what proposes starts with them."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from explorer.science.contents import stand_in_at
from explorer.science.generation.spec import Space
from explorer.science.inversion.drawing import Drawing
from explorer.science.inversion.refiner import (
    LatentRefiner,
    Proposer,
    RefinedRegressor,
    RefinerRecord,
    decode_refiner,
    encode_refiner,
)
from explorer.science.inversion.regressor import RegressedSpace, RegressorFileError
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.regressors import find_regressor, proposing
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def refiner_file(encoder: str) -> Path:
    """Where the refiner of an encoder lies, made or not."""
    return places.models() / f"refiner-{encoder}.safetensors"


def load_refiner(encoder: str) -> tuple[LatentRefiner, RefinerRecord]:
    """A refiner and what is known of it; a file is read once.

    Raises:
        UserError: it is missing or damaged.
    """
    file = refiner_file(encoder)
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder)
    except FileNotFoundError as error:
        raise UserError(
            f"{file.name} is missing: make it with `likeness train refiner --work DIR --encoder {encoder}`"
        ) from error
    except RegressorFileError as error:
        what = stand_in_at(file)
        raise UserError(f"{file} is {what}" if what else f"{file}: {error}") from error


@lru_cache(maxsize=4)
def _loaded(file: Path, modified_ns: int, encoder: str) -> tuple[LatentRefiner, RefinerRecord]:
    """The time of the file is there to key the memory."""
    return decode_refiner(file.read_bytes(), encoder)


def save_refiner(refiner: LatentRefiner, record: RefinerRecord, card: str) -> Path:
    """Write a refiner and its card to where the program looks for them."""
    file = refiner_file(record.encoder)
    atomic_write(file.with_suffix(".md"), card.encode(), mode=0o644)
    return atomic_write(file, encode_refiner(refiner, record), mode=0o644)


def refining(encoder: str, space: Space, recorded: Container[str] | None = None) -> Path | None:
    """The file of the refiner that refines what is proposed to a search in a space; None where nothing does.

    Only the answers of the very regressor that it was trained with are refined.

    Args:
        recorded: as of `proposing`: a run that was made without a refiner is made again without.
    """
    file, regressor = refiner_file(encoder), proposing(encoder, space, recorded)
    if space == "Z" or regressor is None or not file.exists() or not (recorded is None or file.stem in recorded):
        return None
    _, record = load_refiner(encoder)
    return file if record.regressor == hashlib.sha256(regressor.read_bytes()).hexdigest() else None


def find_proposer(
    networks: Networks, encoder: str, space: Space, resolution: int, recorded: Container[str] | None = None
) -> Proposer | None:
    """What proposes starts to a search: the encoder's regressor, refined where there is a refiner; None without one.

    Args:
        resolution: at which the faces are drawn that the refiner is told of.

    Raises:
        UserError: there is no such encoder, or a file is damaged.
    """
    known_encoder(encoder)
    regressor = find_regressor(encoder, space, recorded)
    if regressor is None or refining(encoder, space, recorded) is None:
        return regressor
    refiner, record = load_refiner(encoder)
    drawing = Drawing(networks.generator(), networks.detector(), networks.recogniser(encoder), resolution)
    leads: RegressedSpace = "W+" if regressor.style_layers else "W"

    def embed(latents: Tensor) -> Tensor:
        return drawing.embedded(drawing.generator.styles(latents.to(networks.device), leads))

    return RefinedRegressor(regressor, refiner, record.passes, embed)


def refiner_card(record: RefinerRecord, recipe_words: str, corpus_words: str, options: str) -> str:
    """The card beside a refiner, as Markdown."""
    spec, drawn = known_encoder(record.encoder), record.drawn
    unseen = []
    if drawn is not None:
        value = f"{drawn.value:.4f} ({drawn.low:.4f} to {drawn.high:.4f}; the regressor's answer {drawn.chance:.4f})"
        unseen = [f"| the same on {drawn.faces} unseen targets, behind the last pass | {value} |"]
    starts = [f"| cosine at the start, {name} | {quality.words()} |" for name, quality in record.starts.items()]
    return "\n".join(
        [
            f"# {refiner_file(record.encoder).stem}: what a first answer lacks",
            "",
            f"What it does: moves the latent that a regressor of {record.encoder} proposes by what its face lacks,",
            f"in {record.passes} passes (`explorer/science/inversion/refiner.py`).",
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/refiner.py`: {recipe_words} |",
            f"| command | `likeness train refiner --work DIR --encoder {record.encoder}{options}` |",
            "| made small | one minus the cosine between the embedding and that of the drawn face, and the prior, "
            "averaged over the passes |",
            f"| of the answers of | the regressor whose file has the sha256 {record.regressor} |",
            f"| data | {corpus_words} |",
            *unseen,
            *starts,
            "| file | safetensors; matrices as signed bytes with a scale for each row |",
            f"| terms | made with MobileStyleGAN (non-commercial research) and {record.encoder} ({spec.licence}): "
            "non-commercial research only |",
            "",
            "Chance, beside a cosine at the start, is the best of 24 random latents at truncation 0.5.",
            "",
        ]
    )
