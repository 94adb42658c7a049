"""`likeness train translator`: a space with handles behind the generator's W+ (DIFFUSE 5.2.2)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import drawing
from explorer.science.generation.preview import PREVIEW_BLOCKS
from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.base import Encoder
from explorer.science.training.loop import Compute
from explorer.science.training.translator import Teaching, TranslatorState, train_translator
from explorer.science.translation.attributes import CLASSES
from explorer.science.translation.classifier import AttributeClassifier
from explorer.science.translation.record import TranslatorRecord, decode_translator, encode_translator
from explorer.science.translation.settings import TranslatorSettings
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.catalogue.translators import (
    CLASSIFIER,
    NO_CLASSIFIER,
    load_classifier,
    save_translator,
    translator_card,
    translator_file,
)
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_classifier import ELEMENTS, CorpusOption, ElementsOption, LabelsOption
from explorer.studio.commands._train_debiased import clock
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.attribute_material import (
    TEST,
    TRAIN,
    LabelledFaces,
    checked_elements,
    key_of_drawing,
    labelled_faces,
    pictures_of,
)
from explorer.studio.corpus.translator_judged import unseen_scores
from explorer.studio.errors import UserError
from explorer.studio.handles.editing import HandleEditor
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record

MINUTES, PICTURES = 100.0, 8000
# Who a face shall stay to: an encoder that may be attacked, and that therefore judges no edit.
TAUGHT_BY = "arcface-mbf"
_SAID_EVERY = 50
# The program's own file is at most so large.
_LARGEST = 6 * 2**20


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("translator")(translator)


@with_settings(TranslatorSettings, panel="Recipe")
def translator(
    work: Annotated[Path, typer.Option(help="Folder for pictures and checkpoints.")],
    settings: dict[str, Any],
    elements: ElementsOption = None,
    labels: LabelsOption = None,
    corpus: CorpusOption = None,
    classifier: Annotated[
        Path | None, typer.Option(help="The file of `likeness train classifier`. [default: that in --work]")
    ] = None,
    pictures: Annotated[int, typer.Option(min=2, help="Unedited faces that the discriminator sees.")] = PICTURES,
    minutes: Annotated[float, typer.Option(min=0.05, help="When training ends at the latest.")] = MINUTES,
    out: Annotated[
        Path | None,
        typer.Option(help="The file. [default: the program's own for the default recipe, else one in --work]"),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a translator between W+ and a space in which one element says an attribute, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint, and one that ran out of time as well. The
    models of figures 4 and 5 need a classifier, and draw faces; that of figure 3 learns in a minute.
    """
    if out is not None and out.suffix != ".safetensors":
        raise UserError(f"{out.name}: a translator is written as .safetensors; choose that ending")
    names, chosen = checked_elements(elements or ELEMENTS), TranslatorSettings(**settings)
    if chosen.draws and chosen.drawn_at not in PREVIEW_BLOCKS:
        heads = " and ".join(map(str, PREVIEW_BLOCKS))
        raise UserError(f"--drawn-at {chosen.drawn_at}: there are preview heads for {heads} pixels")
    began, over, networks = time.monotonic(), clock(minutes), Networks(device)
    task = _begun(networks, private_folder(work), names, chosen, labels, corpus, classifier, pictures)
    key = hashlib.sha256(f"{chosen} {names} {task.identity}".encode()).hexdigest()[:12]
    state = _followed(task, chosen, work / f"translator-{key}.pt", over, device)
    record = TranslatorRecord(
        settings=chosen,
        generator=task.generator.spec.id,
        layers=task.generator.spec.style_layers,
        width=task.generator.spec.width,
        elements=dict(task.teaching.elements),
        classes={name: CLASSES[name] for name in names},
        medians=dict(task.faces.medians),
        classifier=task.classifier,
        trained_on=len(task.teaching.faces),
        steps=state.made,
    )
    # What is judged is what is kept.
    data = encode_translator(state.networks.translator.cpu(), record)
    ready, _ = decode_translator(data)
    record = record.model_copy(
        update={"unseen": unseen_scores(HandleEditor(ready, record), task.faces.styles.only(TEST))}
    )
    given: dict[str, Any] = {"elements": elements, "labels": labels and labels.name, "corpus": corpus and corpus.name}
    given |= {"classifier": classifier and classifier.name, "pictures": pictures if pictures != PICTURES else None}
    words = command_record("translator", [], {**given, **settings, "work": "DIR"})
    own = not settings and elements is None and labels is None and corpus is None
    file = out or (translator_file() if own else work / f"translator-{key}.safetensors")
    if file == translator_file() and len(data) > _LARGEST:
        raise UserError(f"the translator is larger than {_LARGEST >> 20} MB: take fewer --couplings, or --out FILE")
    taken = (time.monotonic() - began) / 60
    card = translator_card(record, task.faces.words, " ".join(words), taken)
    typer.echo(f"{save_translator(ready, record, card, file)}: {len(data) / 2**20:.1f} MB")
    for name, one in record.unseen.items():
        typer.echo(f"  {name}: {one.value:.3g}")


@dataclass(frozen=True, eq=False)
class _Task:
    """What is learnt from. identity: of all of it. classifier: sha256 of its file."""

    generator: Generator
    teaching: Teaching
    faces: LabelledFaces
    identity: str
    classifier: str


def _begun(
    networks: Networks,
    work: Path,
    names: Sequence[str],
    settings: TranslatorSettings,
    labels: Path | None,
    corpus: Path | None,
    classifier: Path | None,
    pictures: int,
) -> _Task:
    generator = networks.generator()
    with bar("latents") as step:
        faces = labelled_faces(names, generator, work, labels, corpus, step)
    elements = {name: place for place, name in enumerate(names)}
    draw, learnt = drawing(generator, mixed=True), faces.styles.only(TRAIN)
    bare = Teaching(learnt, elements, generator.mean_w, generator.spread_w, draw)
    if not settings.draws:
        return _Task(generator, bare, faces, faces.key, "")
    file = classifier or work / CLASSIFIER
    taught, record, sha256 = load_classifier(file, NO_CLASSIFIER if classifier is None else None)
    missing = [name for name in names if name not in record.attributes]
    if missing:
        raise UserError(f"the classifier does not tell {missing[0]}: train it with --elements {missing[0]} too")
    side, key = settings.drawn_at, key_of_drawing(generator, settings.drawn_at)
    with bar("pictures") as step:
        real = pictures_of(faces, TRAIN, pictures, names, draw, key, side, work, step)
    teaching = Teaching(
        learnt,
        elements,
        generator.mean_w,
        generator.spread_w,
        draw,
        _Told(taught, [record.attributes.index(name) for name in names]).to(networks.device),
        real,
        _identity(networks.recogniser(attacked_encoder(TAUGHT_BY).id), generator) if settings.identity_weight else None,
    )
    return _Task(generator, teaching, faces, f"{faces.key} {key} {sha256} {len(real)}", sha256)


class _Told(torch.nn.Module):
    """A classifier's answers in an order of the translator's attributes."""

    def __init__(self, classifier: AttributeClassifier, places: list[int]) -> None:
        super().__init__()
        self.classifier, self.places = classifier, places

    def forward(self, pictures: Tensor) -> Tensor:
        answers: Tensor = self.classifier(pictures)[:, self.places]
        return answers


def _identity(recogniser: Encoder, generator: Generator) -> Callable[[Tensor], Tensor]:
    """Embeddings of faces as they mostly lie in the generator's pictures."""

    def embed(pictures: Tensor) -> Tensor:
        points = usual_points(pictures.shape[-1], generator.spec.points).to(pictures)
        return recogniser.embed(pictures, points.expand(len(pictures), -1, -1))

    return embed


def _followed(
    task: _Task, settings: TranslatorSettings, checkpoint: Path, over: Callable[[], bool], device: str
) -> TranslatorState:
    state = None
    with bar("steps") as step:
        for state in train_translator(task.teaching, settings, task.identity, checkpoint, Compute.on(device), over):
            step(state.made, settings.all_steps)
            if state.losses and state.made % _SAID_EVERY == 0:
                words = ", ".join(f"{name} {value:.4f}" for name, value in state.losses.items())
                typer.echo(f"step {state.made}: {words}")
    assert state is not None, "a training has a step"
    if state.made < settings.all_steps:
        typer.echo(f"{state.made} of {settings.all_steps} steps are made: the same command goes on")
    return state
