"""What takes attributes out of embeddings, as it lies among the program's own weights."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.science.contents import stand_in_at
from explorer.science.laboratory.modification import ModificationError
from explorer.science.laboratory.modifier import METHODS, Modifier, ModifierRecord, decode_modifier, encode_modifier
from explorer.studio import places
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def modifier_file(encoder: str, attribute: str) -> Path:
    """Where the modifier of an encoder and an attribute lies, made or not."""
    return places.models() / f"modifier-{attribute}-{encoder}.safetensors"


def load_modifier(encoder: str, attribute: str, file: Path | None = None) -> Modifier:
    """What takes an attribute out of an encoder's embeddings; a file is read once.

    Args:
        file: another one than the program's own.

    Raises:
        UserError: it is missing or damaged, or of another encoder or attribute.
    """
    place = file or modifier_file(encoder, attribute)
    try:
        modifier = _loaded(place, place.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise UserError(
            f"{place.name} is missing: make it with `likeness train modification --work DIR --encoder {encoder} "
            f"--attribute {attribute}`"
        ) from error
    except ModificationError as error:
        what = stand_in_at(place)
        raise UserError(f"{place} is {what}" if what else str(error)) from error
    is_of = (modifier.record.encoder, modifier.record.attribute)
    if is_of != (encoder, attribute):
        raise UserError(f"{place.name} takes {is_of[1]} out of embeddings of {is_of[0]}: choose these")
    return modifier


@lru_cache(maxsize=8)
def _loaded(file: Path, modified_ns: int) -> Modifier:
    """The time of the file is there to key the memory."""
    return decode_modifier(file.read_bytes(), file.name)


def save_modifier(modifier: Modifier, card: str, file: Path | None = None) -> Path:
    """Write a modifier and its card to where the program looks for them, or to another file."""
    record = modifier.record
    place = file or modifier_file(record.encoder, record.attribute)
    atomic_write(place.with_suffix(".md"), card.encode(), mode=0o644)
    return atomic_write(place, encode_modifier(modifier), mode=0o644)


def modifier_card(record: ModifierRecord, recipe: str, data: str) -> str:
    """The card beside a modifier, as Markdown."""
    spec = known_encoder(record.encoder)
    rows = []
    for method in ("before", *METHODS):
        told = getattr(record, method)
        if told is not None:
            title = "embeddings as they are" if method == "before" else f"after the {method} way"
            rows.append(f"| {record.attribute} told afresh, {title} | {told.words()} |")
    for one in record.verified:
        ways = [f"{way} {getattr(one, way).value:.3f}" for way in ("before", *METHODS)]
        rows.append(f"| TAR at FAR 0.1 %, {one.set}, {one.people} people | {', '.join(ways)} |")
    return "\n".join(
        [
            f"# modifier-{record.attribute}-{record.encoder}: embeddings without an attribute",
            "",
            f"What it does: takes {record.attribute} out of embeddings of {record.encoder}",
            "(`explorer/science/laboratory/modification.py`, and the linear baseline in `erasing.py`).",
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/modification.py`: {recipe} |",
            f"| command | `likeness train modification --work DIR --encoder {record.encoder} "
            f"--attribute {record.attribute}` |",
            f"| data | {data} |",
            f"| linear baseline | {record.directions} directions |",
            *rows,
            "| file | safetensors; the network in half precision |",
            f"| terms | made with MobileStyleGAN (non-commercial research) and {record.encoder} ({spec.licence}): "
            "non-commercial research only |",
            "",
            "Told afresh: the best of three probes (linear, three layers of 256, nearest neighbours) trained on the",
            f"embeddings as they are handed out, once of the people trained on and once of {record.attackers} faces of",
            "people whom the network has not seen; judged on people of whom neither saw any.",
            "",
        ]
    )
