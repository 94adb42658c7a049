"""The regressors from an embedding to a latent that ship with the program."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import get_args

from explorer.science.contents import stand_in_at
from explorer.science.generation.spec import Space
from explorer.science.inversion.regressor import (
    LatentRegressor,
    Objective,
    RegressedSpace,
    RegressorFileError,
    RegressorRecord,
    decode_regressor,
    encode_regressor,
)
from explorer.science.leakage.readout import MetricValue
from explorer.studio import places
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def regressor_file(encoder: str, space: RegressedSpace, objective: Objective = "latent") -> Path:
    """Where a regressor lies, made or not."""
    variant = "" if objective == "latent" else f"-{objective}"
    return places.models() / f"regressor-{encoder}-{space.lower()}{variant}.safetensors"


def regressed_space(space: Space) -> RegressedSpace:
    """Where a regressor must lead to begin a search in a space: W+ begins with one w in all layers."""
    return "Z" if space == "Z" else "W"


def find_regressor(encoder: str, space: RegressedSpace) -> LatentRegressor | None:
    """The regressor that an inversion begins with; None where none was trained for the encoder and space.

    Raises:
        UserError: there is no such encoder, or the file is damaged.
    """
    known_encoder(encoder)
    return load_regressor(encoder, space)[0] if regressor_file(encoder, space).exists() else None


def trained_objectives(encoder: str, space: RegressedSpace) -> tuple[Objective, ...]:
    """What the regressors that there are were trained for.

    Raises:
        UserError: there is none, or no such encoder.
    """
    known_encoder(encoder)
    objectives: tuple[Objective, ...] = get_args(Objective)
    found = tuple(one for one in objectives if regressor_file(encoder, space, one).exists())
    if not found:
        raise _missing(encoder, space, "latent")
    return found


def _missing(encoder: str, space: RegressedSpace, objective: Objective) -> UserError:
    return UserError(
        f"{regressor_file(encoder, space, objective).name} is missing: make it with `likeness train regressor "
        f"--work DIR --encoder {encoder} --space {space} --objective {objective}`"
    )


def load_regressor(
    encoder: str, space: RegressedSpace, objective: Objective = "latent"
) -> tuple[LatentRegressor, RegressorRecord]:
    """A regressor and what is known of it; a file is read once.

    Raises:
        UserError: it is missing or damaged.
    """
    file = regressor_file(encoder, space, objective)
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder, space)
    except FileNotFoundError as error:
        raise _missing(encoder, space, objective) from error
    except RegressorFileError as error:
        what = stand_in_at(file)
        raise UserError(f"{file} is {what}" if what else f"{file}: {error}") from error


@lru_cache(maxsize=4)
def _loaded(
    file: Path, modified_ns: int, encoder: str, space: RegressedSpace
) -> tuple[LatentRegressor, RegressorRecord]:
    """The time of the file is there to key the memory."""
    return decode_regressor(file.read_bytes(), encoder, space)


def save_regressor(regressor: LatentRegressor, record: RegressorRecord, card: str) -> Path:
    """Write a regressor and its card to where the program looks for them."""
    file = regressor_file(record.encoder, record.space, record.objective)
    atomic_write(file.with_suffix(".md"), card.encode(), mode=0o644)
    return atomic_write(file, encode_regressor(regressor, record), mode=0o644)


def regressor_card(record: RegressorRecord, recipe_words: str, corpus_words: str, steps: int | None = None) -> str:
    """The card beside a regressor, as Markdown.

    Args:
        steps: by what is drawn, where they are not the recipe's.
    """
    spec = known_encoder(record.encoder)
    aims = {
        "latent": "the latent's squared error (thesis eq. 4.2)",
        "image": "the squared error of the picture (thesis 6.2), going on from the one trained by the latent",
        "background": "the squared error of the picture where it shows background or clothes (thesis 6.2), going on "
        "from the one trained by the latent",
        "identity": "one minus the cosine between the embedding and that of the face drawn from the answer, going on "
        "from the one trained by the latent",
    }
    recipe = "regressor" if record.objective == "latent" else "regressor_drawn"
    options = f"--encoder {record.encoder} --space {record.space} --objective {record.objective}"
    options += "" if steps is None else f" --steps {steps}"
    explained = "" if record.explained is None else f"{100 * record.explained:.1f} % of the latents' variance"
    drawn = record.drawn
    unseen = [] if drawn is None else [_unseen(drawn)]
    starts = [f"| cosine at the start, {name} | {quality.words()} |" for name, quality in record.starts.items()]
    return "\n".join(
        [
            f"# {regressor_file(record.encoder, record.space, record.objective).stem}: where an inversion begins",
            "",
            f"What it does: leads from an embedding of {record.encoder} to a latent of {record.space} at one stroke,",
            f"by an MLP of three hidden layers of {record.width} (`explorer/science/inversion/regressor.py`).",
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/{recipe}.py`: {recipe_words} |",
            f"| command | `likeness train regressor --work DIR {options}` |",
            f"| made small | {aims[record.objective]} |",
            f"| data | {corpus_words} |",
            *unseen,
            *([f"| explained on unseen faces | {explained} |"] if explained else []),
            *starts,
            "| file | safetensors; matrices as signed bytes with a scale for each row |",
            f"| terms | made with MobileStyleGAN (non-commercial research) and {record.encoder} ({spec.licence}): "
            "non-commercial research only |",
            "",
            "Chance, beside a cosine at the start, is the best of 24 random latents at truncation 0.5.",
            "",
        ]
    )


def _unseen(drawn: MetricValue) -> str:
    before = "" if drawn.chance is None else f"; of the one trained by the latent {drawn.chance:.4f}"
    value = f"{drawn.value:.4f} ({drawn.low:.4f} to {drawn.high:.4f}{before})"
    return f"| the same on {drawn.faces} unseen generated faces | {value} |"
