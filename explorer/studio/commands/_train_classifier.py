"""`likeness train classifier`: H, which tells attributes of pictures and teaches a translator (DIFFUSE, figure 8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from torch import Tensor

from explorer.science.generation.mixed_precision import drawing
from explorer.science.training.attribute_classifier import accuracy_on, train_classifier
from explorer.science.training.loop import Compute
from explorer.science.translation.classifier import ClassifierRecord, EpochRecord
from explorer.science.translation.settings import ClassifierSettings
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.translators import CLASSIFIER, save_classifier
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_debiased import clock
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.attribute_material import (
    CALIBRATION,
    TRAIN,
    KeptPictures,
    checked_elements,
    key_of_drawing,
    labelled_faces,
    pictures_of,
)
from explorer.studio.corpus.celeba_pictures import celeba_pictures
from explorer.studio.evaluation.classifier_figure import draw_accuracy
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record

ELEMENTS, FACES, SIDE = ("smiling", "gender"), 8000, 128
MINUTES = 60.0
_HELD_OUT = 1000

ElementsOption = Annotated[
    list[str] | None,
    typer.Option("--elements", help="An attribute of the corpus; may be repeated. [default: smiling and gender]"),
]
LabelsOption = Annotated[
    Path | None, typer.Option(help="A file of labels, whose faces are drawn by their seeds. [default: the shipped one]")
]
CorpusOption = Annotated[Path | None, typer.Option(help="A corpus of `likeness train corpus` instead.")]


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("classifier")(classifier)


@with_settings(ClassifierSettings, panel="Recipe")
def classifier(
    work: Annotated[Path, typer.Option(help="Folder for pictures, checkpoints and the classifier.")],
    settings: dict[str, Any],
    elements: ElementsOption = None,
    labels: LabelsOption = None,
    corpus: CorpusOption = None,
    photographs: Annotated[
        Path | None, typer.Option(help="A folder of CelebA, as published, instead of generated faces.")
    ] = None,
    faces: Annotated[int, typer.Option(min=2, help="Pictures that are learnt from at most.")] = FACES,
    minutes: Annotated[float, typer.Option(min=0.05, help="When training ends at the latest.")] = MINUTES,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a ResNet-18 that tells attributes, of the corpus's pictures or of CelebA; write it, its card and figure 8.

    Can be interrupted; the same command goes on behind its last epoch, and one that ran out of time as well.
    """
    names, chosen = checked_elements(elements or ELEMENTS), ClassifierSettings(**settings)
    over, private = clock(minutes), private_folder(work)
    sources = _Sources(Networks(device), names, labels, corpus, photographs, private)
    learnt = sources.of(TRAIN, faces)
    held_out = sources.of(CALIBRATION, max(min(_HELD_OUT, faces // 4), 2))
    key = hashlib.sha256(f"{chosen} {names} {_digest(learnt.kept)}".encode()).hexdigest()[:12]
    folder = private_folder(private / f"classifier-{key}")
    epochs = {one.epoch: one for one in _kept_epochs(folder / "epochs.json")}
    state = None
    with bar("epochs") as step:
        for state in train_classifier(learnt, chosen, key, folder / "classifier.pt", Compute.on(device), over):
            step(state.epoch, chosen.epochs)
            if state.epoch not in epochs:
                found = EpochRecord(epoch=state.epoch, accuracy=accuracy_on(state.classifier, held_out, names))
                epochs[state.epoch] = found
                _keep_epochs(folder / "epochs.json", list(epochs.values()))
                typer.echo(f"epoch {state.epoch}: " + ", ".join(f"{k} {v:.3f}" for k, v in found.accuracy.items()))
    assert state is not None, "a training has an epoch"
    if state.epoch < chosen.epochs:
        typer.echo(f"{state.epoch} of {chosen.epochs} epochs are made: the same command goes on")
    given: dict[str, Any] = {"elements": elements, "labels": labels and labels.name, "corpus": corpus and corpus.name}
    given |= {"photographs": photographs and "CELEBA", "faces": faces if faces != FACES else None}
    words = command_record("classifier", [], {**given, **settings, "work": "DIR"})
    record = ClassifierRecord(
        settings=chosen,
        attributes=names,
        trained_on=len(learnt),
        held_out=len(held_out),
        data=sources.words,
        epochs=tuple(epochs[number] for number in sorted(epochs) if number <= state.epoch),
    )
    written = save_classifier(state.classifier.cpu().eval(), record, " ".join(words), work / CLASSIFIER)
    figure = draw_accuracy(record)
    save(figure, work / "figure-8.png", bare_record(kind="classifier", figure="8", command=["train", *words]))
    typer.echo(f"{written}: {len(learnt)} pictures, {state.epoch} epochs")


@dataclass(eq=False)
class _Sources:
    """Where pictures come from."""

    networks: Networks
    names: Sequence[str]
    labels: Path | None
    corpus: Path | None
    photographs: Path | None
    work: Path
    words: str = ""

    def of(self, split: int, count: int) -> KeptPictures:
        """Pictures of a split."""
        return self._drawn(split, count) if self.photographs is None else self._celeba(self.photographs, split, count)

    def _celeba(self, root: Path, split: int, count: int) -> KeptPictures:
        self.words = "photographs of CelebA, its own attributes"
        with bar("photographs") as step:
            return celeba_pictures(root, split, count, self.names, self.networks.detector(), SIDE, self.work, step)

    def _drawn(self, split: int, count: int) -> KeptPictures:
        generator = self.networks.generator()
        with bar("latents") as step:
            found = labelled_faces(self.names, generator, self.work, self.labels, self.corpus, step)
        self.words = f"of {found.words}"
        draw, key = drawing(generator, mixed=True), key_of_drawing(generator, SIDE)
        with bar("pictures") as step:
            return pictures_of(found, split, count, self.names, draw, key, SIDE, self.work, step)


def _digest(pictures: Tensor) -> str:
    return hashlib.sha256(pictures.contiguous().numpy().tobytes()).hexdigest()


def _kept_epochs(file: Path) -> list[EpochRecord]:
    return [EpochRecord.model_validate(one) for one in json.loads(file.read_bytes())] if file.exists() else []


def _keep_epochs(file: Path, epochs: Sequence[EpochRecord]) -> None:
    atomic_write(file, json.dumps([one.model_dump(mode="json") for one in epochs]).encode())
