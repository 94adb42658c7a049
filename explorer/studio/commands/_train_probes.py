"""`likeness train probes`: what reads an embedding, from the labelled corpus or from photographs of people."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, track
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.probes import PROBES
from explorer.science.names import shown
from explorer.science.recognition.registry import default_encoders
from explorer.science.training.dataset import Dataset
from explorer.science.training.folders import LAYOUTS
from explorer.science.training.loop import Compute
from explorer.science.training.probes import Preset, ProbeRecipe
from explorer.science.training.shared_directions import within_people
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.probes import save_probes
from explorer.studio.cluster.asked import Here, asked_cluster
from explorer.studio.commands._cluster import ClusterOption, WorkersOption
from explorer.studio.commands._train_corpus_labels import Redrawing, draw_again
from explorer.studio.commands._train_photograph_probes import FromPhotographs, probes_from_photographs
from explorer.studio.corpus.probe_card import probe_card
from explorer.studio.corpus.probe_renewing import renew_probes
from explorer.studio.corpus.probe_training import judged_on, train_encoder, work_folder
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import read_openpeople
from explorer.studio.files import atomic_write

PANEL = "From photographs"
MOST = 5_000


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("probes")(probes)


def probes(
    work: Annotated[Path | None, typer.Option(help="Folder of the corpus; finished probes are kept there.")] = None,
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder's; may be repeated.")] = None,
    thesis: Annotated[bool, typer.Option(help="Also by the thesis's settings, for the card.")] = True,
    photographs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Fit on these photographs instead: a folder for each person, or CelebA, LFW, VGGFace2, CASIA-WebFace, "
            "FairFace.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for probes, cards and what was seen.", rich_help_panel=PANEL)
    ] = None,
    layout: Annotated[
        str | None, typer.Option(help=f"{', '.join(LAYOUTS)}. [default: found out]", rich_help_panel=PANEL)
    ] = None,
    faces: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"At most so many photographs, spread over the set. [default: {MOST}]", rich_help_panel=PANEL
        ),
    ] = None,
    probe: Annotated[
        list[str] | None,
        typer.Option(help="Only this probe; may be repeated. From a corpus, the others stay as they are."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="From now on read embeddings by these probes.", rich_help_panel=PANEL)
    ] = False,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train the probes of every encoder, test them on unseen faces and on openpeople, write them and their cards.

    Can be interrupted; the same command goes on behind the last finished probe.

    With --photographs they are fitted on photographs of people and judged on others of them, who had no part in it.
    Labels are the set's own where it has any, and the labelling networks' otherwise. Both probes and what was seen of
    the photographs are personal data: their owner alone may read the files.
    """
    if photographs is not None:
        if work is not None or out is None:
            raise UserError("--photographs needs a folder for what it makes: give --out DIR, and no --work")
        where = asked_cluster(cluster, workers)
        here = [one for one in present_encoders() if one in default_encoders()]
        named = tuple(known_encoder(name).id for name in encoder or here)
        probes_from_photographs(
            FromPhotographs(photographs, layout, faces or MOST, named, tuple(probe or ()), out, keep, where, device)
        )
        return
    options = {"--out": out, "--layout": layout, "--faces": faces, "--cluster": cluster, "--workers": workers}
    given = [name for name, value in (options | {"--keep": keep or None}).items() if value is not None]
    if given:
        raise UserError(f"{given[0]} belongs to probes from photographs: give --photographs FOLDER with it")
    if work is None:
        raise UserError("give the folder of a corpus as --work DIR, or photographs of people as --photographs FOLDER")
    anew = _named(probe)
    corpus = CorpusFolder(work)
    encoders = [known_encoder(name).id for name in encoder or default_encoders()]
    _refuse_namesakes(corpus, encoders)
    data = _embedded_by(corpus, read_dataset(corpus), encoders, device)
    judged, learnt = _openpeople(corpus, device), data.train_val_indices()[0]
    differing = _differing(judged)
    words = corpus_words(corpus, len(learnt), int(data.edited[learnt].sum()))
    for name in encoders if anew else ():
        begun = time.monotonic()
        found = judged_on(judged, name, _trained(corpus, data, name, "default", device, differing, anew))
        written = renew_probes(name, found, words, time.monotonic() - begun)
        _say(written, found)
    for name in encoders if not anew else ():
        begun = time.monotonic()
        made = judged_on(judged, name, _trained(corpus, data, name, "default", device, differing))
        compared = judged_on(judged, name, _trained(corpus, data, name, "thesis", device)) if thesis else {}
        written = save_probes(name, made)
        card = probe_card(name, made, compared, words, time.monotonic() - begun)
        atomic_write(probing.probes_file(name).with_suffix(".md"), card.encode(), mode=probing.mode_of(name))
        _say(written, made)


def _say(written: Path, made: Mapping[str, FittedProbe]) -> None:
    typer.echo(str(written))
    for title, fitted in made.items():
        typer.echo(f"  {title:<11} {fitted.record.test[0].words()}")


def _named(probes: Sequence[str] | None) -> tuple[str, ...]:
    """The probes of these names, each once.

    Raises:
        UserError: there is none of a name.
    """
    for name in probes or ():
        if name not in PROBES:
            raise UserError(f"there is no probe {shown(name)}; there are {', '.join(PROBES)}")
    return tuple(dict.fromkeys(probes or ()))


def _refuse_namesakes(corpus: CorpusFolder, encoders: Sequence[str]) -> None:
    """Note which imported encoders a corpus is embedded by, which stand in it by their names alone.

    Raises:
        UserError: it was embedded by another one of that name.
    """
    for card in filter(None, map(brought_encoder, encoders)):
        note = corpus.folder / f"encoder-{card.id}.txt"
        if note.exists() and note.read_text() != card.computes:
            raise UserError(
                f"{shown(corpus.folder)} was embedded by another network that was called {card.id}: import this one "
                "under another name, or make a corpus anew"
            )
        atomic_write(note, card.computes.encode())


def _embedded_by(corpus: CorpusFolder, data: Dataset, encoders: Sequence[str], device: str) -> Dataset:
    """The faces of a corpus under every encoder: one that was drawn from labels is drawn again under those it lacks.

    Raises:
        UserError: it lacks some, and cannot be drawn again.
    """
    missing = [name for name in encoders if name not in data.first]
    if not missing:
        return data
    recipe = corpus.recipe
    if "size" not in recipe:
        raise UserError(
            f"{corpus.folder} holds no embeddings of {', '.join(missing)}: make a corpus with them (`likeness train "
            "corpus --from-labels` draws it in minutes), or leave them out"
        )
    draw_again(
        corpus.folder, Redrawing(None, recipe["faces"], recipe["edits"], recipe["size"], tuple(missing), Here(), device)
    )
    return read_dataset(CorpusFolder(corpus.folder))


def _openpeople(corpus: CorpusFolder, device: str) -> JudgedSet:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("openpeople", total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return read_openpeople(Networks(device), load_labellers(device), corpus.folder, step)


def _differing(judged: JudgedSet) -> dict[str, Tensor]:
    """What differs within the people of a set, by encoder; nothing where it does not say whose faces are whose."""
    if judged.people is None:
        return {}
    return {encoder: within_people(seen, judged.people) for encoder, seen in judged.embeddings.items()}


def _trained(
    corpus: CorpusFolder,
    data: Dataset,
    encoder: str,
    preset: Preset,
    device: str,
    differing: Mapping[str, Tensor] | None = None,
    anew: Sequence[str] = (),
) -> dict[str, FittedProbe]:
    recipe, known = ProbeRecipe(preset), differing or {}
    work = work_folder(corpus, data, recipe, known)
    making = train_encoder(work, data, encoder, recipe, Compute.on(device), known.get(encoder), anew or PROBES)
    console = Console(stderr=True)
    shown = track(making, f"{encoder}, {preset}", len(anew or PROBES), console=console, disable=not console.is_terminal)
    return {fitted.spec.name: fitted for fitted in shown}
