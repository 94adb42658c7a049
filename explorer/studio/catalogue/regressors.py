"""The regressors from an embedding to a latent that ship with the program."""

from __future__ import annotations

from collections.abc import Container, Iterable
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

_PREFIX = "regressor"


def regressor_file(encoder: str, space: RegressedSpace, objective: Objective = "latent") -> Path:
    """Where a regressor lies, made or not."""
    variant = "" if objective == "latent" else f"-{objective}"
    where = "w-plus" if space == "W+" else space.lower()
    return places.models() / f"{_PREFIX}-{encoder}-{where}{variant}.safetensors"


def regressed_space(space: Space) -> RegressedSpace:
    """Where what is trained by the latent leads that begins a search in a space: W+ begins with one w in all layers."""
    return "Z" if space == "Z" else "W"


def proposing(encoder: str, space: Space, recorded: Container[str] | None = None) -> Path | None:
    """The file of the regressor that an inversion begins with; None where none was trained for encoder and space.

    What was trained by identity goes before what was trained by the latent, and W+ begins with one w in all layers
    where no regressor leads there.

    Args:
        recorded: names of the files that took part in a run that is made again, whose regressor is taken where it is
            still there; None for a new run.
    """
    there = [file for file in (regressor_file(encoder, *way) for way in _ways(space)) if file.exists()]
    return next((file for file in there if recorded and file.stem in recorded), there[0] if there else None)


def recorded_proposer(networks: Iterable[str]) -> str | None:
    """Among the names of the files that took part in a run, the regressor's; None where none proposed a start."""
    return next((name for name in networks if name.startswith(f"{_PREFIX}-")), None)


def _ways(space: Space) -> tuple[tuple[RegressedSpace, Objective], ...]:
    """What a regressor that proposes starts in a space may lead to and have been trained for, the best first."""
    one_for_all = regressed_space(space)
    either: tuple[tuple[RegressedSpace, Objective], ...] = ((one_for_all, "identity"), (one_for_all, "latent"))
    return (("W+", "identity"), *either) if space == "W+" else either


def find_regressor(encoder: str, space: Space, recorded: Container[str] | None = None) -> LatentRegressor | None:
    """The regressor that an inversion begins with, of the file that `proposing` names; None where there is none.

    Raises:
        UserError: there is no such encoder, or the file is damaged.
    """
    known_encoder(encoder)
    chosen = proposing(encoder, space, recorded)
    ways = {regressor_file(encoder, *way): way for way in _ways(space)}
    return None if chosen is None else load_regressor(encoder, *ways[chosen])[0]


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


def regressor_card(
    record: RegressorRecord, recipe_words: str, corpus_words: str, steps: int | None = None, options: str = ""
) -> str:
    """The card beside a regressor, as Markdown.

    Args:
        steps: by what is drawn, where they are not the recipe's. options: of the command, besides.
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
    recipe = {"latent": "regressor", "identity": "regressor_identity"}.get(record.objective, "regressor_drawn")
    asked = f"--encoder {record.encoder} --space {record.space} --objective {record.objective}"
    asked += options if steps is None else f" --steps {steps}{options}"
    explained = "" if record.explained is None else f"{100 * record.explained:.1f} % of the latents' variance"
    drawn = record.drawn
    unseen = (
        [] if drawn is None else [_unseen(drawn, "targets" if record.objective == "identity" else "generated faces")]
    )
    starts = [f"| cosine at the start, {name} | {quality.words()} |" for name, quality in record.starts.items()]
    return "\n".join(
        [
            f"# {regressor_file(record.encoder, record.space, record.objective).stem}: where an inversion begins",
            "",
            f"What it does: leads from an embedding of {record.encoder} to a latent of {record.space} at one stroke,",
            f"by an MLP of three hidden layers of {record.width} (`explorer/science/inversion/regressor.py`)"
            + (f", with a small offset for each of {record.layers} layers." if record.layers else "."),
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/{recipe}.py`: {recipe_words} |",
            f"| command | `likeness train regressor --work DIR {asked}` |",
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


def _unseen(drawn: MetricValue, what: str) -> str:
    before = "" if drawn.chance is None else f"; of the one trained by the latent {drawn.chance:.4f}"
    value = f"{drawn.value:.4f} ({drawn.low:.4f} to {drawn.high:.4f}{before})"
    return f"| the same on {drawn.faces} unseen {what} | {value} |"
