"""The localiser that finds a face's pose and shape at one stroke: where it lies, read and written, with its card."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.science.alignment.localiser import Localiser
from explorer.science.alignment.record import (
    LocaliserFileError,
    LocaliserRecord,
    StageRecord,
    decode_localiser,
    encode_localiser,
)
from explorer.studio import places
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.files import atomic_write

MISSING = "no localiser: train one with `likeness train localiser --work DIR`, or fit by landmarks"


def localiser_file() -> Path:
    """Where the localiser lies that the program fits by, made or not."""
    return places.models() / "localiser.safetensors"


def load_localiser(file: Path | None = None) -> tuple[Localiser, LocaliserRecord]:
    """A localiser and what is known of it; a file is read once.

    Args:
        file: of the user's own; the program's if None.

    Raises:
        UserError: it is missing or damaged.
    """
    path = file or localiser_file()
    return read_weights(path, _loaded, LocaliserFileError, MISSING if file is None else None)


@lru_cache(maxsize=2)
def _loaded(file: Path, modified_ns: int) -> tuple[Localiser, LocaliserRecord]:
    """The time of the file is there to key the memory."""
    return decode_localiser(file.read_bytes())


def save_localiser(localiser: Localiser, record: LocaliserRecord, card: str, file: Path) -> Path:
    """Write a localiser, and its card beside it."""
    mode = 0o644 if file == localiser_file() else 0o600
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    return atomic_write(file, encode_localiser(localiser, record), mode=mode)


def localiser_card(record: LocaliserRecord, faces_words: str, unseen_words: str, options: str) -> str:
    """The card beside a localiser, as Markdown.

    Args:
        faces_words, unseen_words: what it learnt from, and what it was measured on. options: of the command.
    """
    settings = record.settings
    acting = [name for name in ("landmarks", "same_shape", "triplet") if getattr(settings, name)]
    beside = "".join(f", {name} x {getattr(settings, name):g}" for name in acting)
    phases = ", ".join(f"{steps} steps up to {yaw} degrees" for yaw, steps in settings.phases)
    return "\n".join(
        [
            "# localiser: pose and shape of a face, learnt from who is seen",
            "",
            f"What it does: answers rotation, translation, scale and {settings.components} weights of shape of a face",
            "in a picture at one stroke (`explorer/science/alignment/localiser.py`; thesis, chapter 5).",
            "",
            "| | |",
            "|---|---|",
            f"| network | {settings.network}, sees {settings.seen} px of pictures of {settings.side} px |",
            f"| recipe | `explorer/science/training/localiser.py`: {settings.pretraining} steps to a fixed pose, "
            f"{settings.warm_up} of the recogniser alone, then {phases} ({settings.schedule}); batch {settings.batch}, "
            f"Adam at {settings.rate:g} and {settings.recogniser_rate:g}, seed {settings.seed} |",
            f"| made small | eqs. 5.11 to 5.13, lambda {settings.shape_penalty:g}{beside} |",
            f"| recogniser | {record.parameters:,} parameters, {record.people} people; it is not kept "
            "(the thesis's has 22,888) |",
            f"| shape, visibility | {record.model}, {record.field} |",
            f"| command | `likeness train localiser{options} --work DIR` |",
            f"| data | {faces_words} |",
            f"| measured on | {unseen_words} |",
            "| file | safetensors; matrices and kernels as signed bytes with a scale for each row |",
            "| terms | those of the model of heads, and of the photographs where any were learnt from |",
            "",
            *stages_table(record.stages),
            "",
        ]
    )


def stages_table(stages: tuple[StageRecord, ...]) -> list[str]:
    """Table 5.1 of a training, as Markdown: a line a stage; the first is the start."""
    lines = [
        "| behind stage | loss | landmarks, % of the interocular distance | AISM | pose, degrees |",
        "|---|---|---|---|---|",
    ]
    for one in stages:
        unseen = one.unseen
        cells = [number_text(one.loss, 3), number_text(unseen.landmarks, 2)]
        cells += [number_text(unseen.sharpness, 4), number_text(unseen.pose, 2)]
        lines.append(f"| {one.stage} | {' | '.join(cells)} |")
    return lines


def number_text(value: float | None, digits: int) -> str:
    """A number with so many digits behind the point, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"
