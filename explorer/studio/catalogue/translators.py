"""The translator with handles, and the classifier that taught it: where they lie, read and written, with cards."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from explorer.science.translation.classifier import (
    AttributeClassifier,
    ClassifierFileError,
    ClassifierRecord,
    decode_classifier,
    encode_classifier,
)
from explorer.science.translation.network import Translator
from explorer.science.translation.record import (
    TranslatorFileError,
    TranslatorRecord,
    decode_translator,
    encode_translator,
)
from explorer.studio import places
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.files import atomic_write

MISSING = "no translator with handles: train one with `likeness train translator --work DIR`"
NO_CLASSIFIER = "no classifier of attributes: train one first with `likeness train classifier --work DIR`"
CLASSIFIER = "classifier.safetensors"


def translator_file() -> Path:
    """Where the translator lies whose handles the window has, made or not."""
    return places.models() / "translator.safetensors"


def load_translator(file: Path | None = None) -> tuple[Translator, TranslatorRecord]:
    """A translator and what is known of it; a file is read once.

    Args:
        file: of the user's own; the program's if None.

    Raises:
        UserError: it is missing or damaged.
    """
    path = file or translator_file()
    return read_weights(path, _translator, TranslatorFileError, MISSING if file is None else None)


@lru_cache(maxsize=2)
def _translator(file: Path, modified_ns: int) -> tuple[Translator, TranslatorRecord]:
    """The time of the file is there to key the memory."""
    return decode_translator(file.read_bytes())


def load_classifier(file: Path, missing: str | None = None) -> tuple[AttributeClassifier, ClassifierRecord, str]:
    """A classifier, what is known of it, and its file's sha256.

    Raises:
        UserError: it is missing or damaged.
    """
    return read_weights(file, _classifier, ClassifierFileError, missing)


def _classifier(file: Path, modified_ns: int) -> tuple[AttributeClassifier, ClassifierRecord, str]:
    data = file.read_bytes()
    return *decode_classifier(data), hashlib.sha256(data).hexdigest()


def save_classifier(classifier: AttributeClassifier, record: ClassifierRecord, command: str, file: Path) -> Path:
    """Write a classifier, and its card beside it."""
    atomic_write(file.with_suffix(".md"), _classifier_card(record, command).encode())
    return atomic_write(file, encode_classifier(classifier, record))


def _classifier_card(record: ClassifierRecord, command: str) -> str:
    chosen = record.settings
    epochs = [
        f"| {one.epoch} | " + " | ".join(_share(one.accuracy.get(name)) for name in record.attributes) + " |"
        for one in record.epochs
    ]
    return "\n".join(
        [
            "# Classifier of attributes",
            "",
            "What it does: tells attributes of a picture, each about -1 to 1 (DIFFUSE 5.3.2), to teach a translator.",
            "",
            "| | |",
            "|---|---|",
            f"| network | ResNet-18 on {chosen.seen} px, from random weights |",
            f"| recipe | squared errors to -1 and 1, classes in balance; {len(record.epochs)} of {chosen.epochs} "
            f"epochs, batch {chosen.batch}, AdamW at {chosen.rate:g}, decay {chosen.decay:g}; seed {chosen.seed} |",
            f"| command | `likeness train {command}` |",
            f"| data | {record.trained_on} pictures: {record.data} |",
            "",
            f"Accuracy on {record.held_out} held-out pictures, both classes counting alike (figure 8):",
            "",
            "| epoch | " + " | ".join(record.attributes) + " |",
            "|---|" + "---|" * len(record.attributes),
            *epochs,
            "",
        ]
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def save_translator(translator: Translator, record: TranslatorRecord, card: str, file: Path) -> Path:
    """Write a translator, and its card beside it."""
    mode = 0o644 if file == translator_file() else 0o600
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    return atomic_write(file, encode_translator(translator, record), mode=mode)


def translator_card(record: TranslatorRecord, words: str, command: str, minutes: float) -> str:
    """The card beside a translator, as Markdown.

    Args:
        words: what it learnt from. command: the words that made it. minutes: that the last call took.
    """
    chosen = record.settings
    weights = ", ".join(
        f"{name} {getattr(chosen, f'{name}_weight'):g}"
        for name in ("discriminator", "classifier", "identity", "encoder")
    )
    frozen = "trained along" if chosen.frozen_after is None else f"frozen behind {chosen.frozen_after} drawn steps"
    drawn = (
        f"batch {chosen.batch} drawn at {chosen.drawn_at} px; weights: {weights}; discriminator {frozen}; "
        f"elements set in {'vectors of other faces' if chosen.vectors == 'faces' else 'random vectors'}"
        if chosen.draws
        else "labels alone, nothing drawn"
    )
    unseen = [
        f"| {name} | {one.value:.3g}{'' if one.low is None else f' ({one.low:.3f} to {one.high:.3f})'} |"
        for name, one in record.unseen.items()
    ]
    parted = "".join(f"; {name} parts at {value:.1f} of the corpus" for name, value in record.medians.items())
    return "\n".join(
        [
            "# translator: a latent space with handles",
            "",
            f"What it does: translates W+ of {record.generator} ({record.layers} x {record.width}) into a space of",
            f"which one element in every layer says {', '.join(record.elements)}, and back exactly (DIFFUSE 5.2.2).",
            "",
            "| | |",
            "|---|---|",
            f"| network | {chosen.couplings} additive couplings (NICE), maps of two hidden layers of {chosen.hidden} |",
            f"| elements | {', '.join(f'{name} {place}' for name, place in record.elements.items())}{parted} |",
            f"| recipe | the model of {chosen.model.replace('-', ' ')}: {record.steps} of {chosen.all_steps} steps, of "
            f"them {min(chosen.first, record.steps)} by labels alone, {chosen.labelled} faces each; {drawn}; Adam at "
            f"{chosen.rate:g}, seed {chosen.seed} |",
            f"| command | `likeness train {command}` |",
            f"| time | {minutes:.1f} minutes in the last call |",
            f"| data | {words} |",
            *([f"| classifier | sha256 `{record.classifier}` |"] if record.classifier else []),
            *unseen,
            "| file | safetensors, half precision |",
            f"| terms | made with {record.generator}: non-commercial research only |",
            "",
        ]
    )
