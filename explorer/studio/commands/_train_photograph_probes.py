"""`likeness train probes --photographs FOLDER`: what reads an embedding, from photographs of people."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from explorer.science.leakage.fitted import FittedProbe, encode_probes
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.names import shown
from explorer.science.registry import UnknownNameError
from explorer.science.training.folders import LAYOUTS, FolderListing, choose, layout_of
from explorer.science.training.photograph_probes import PhotographsError, people_apart
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.catalogue.probes import use_probes
from explorer.studio.cluster.asked import Cluster
from explorer.studio.cluster.distributing import distribute
from explorer.studio.corpus.making import require_networks
from explorer.studio.corpus.photograph_fitting import PeopleSeen, fit_encoder, people_seen
from explorer.studio.corpus.photograph_probe_card import photograph_probe_card
from explorer.studio.corpus.photographs_seen import SeeingWork, SeenPhotographs, keys_of
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.outputs import as_folder
from explorer.studio.places import private_folder

SEEN = "seen"


@dataclass(frozen=True)
class FromPhotographs:
    """What is asked for.

    root: the top folder. layout: a name in LAYOUTS; found out where None. faces: at most so many photographs.
    encoders: by id. probes: by name; all where empty. out: the folder that everything goes to.
    keep: whether the probes read every embedding of their encoder from then on.
    """

    root: Path
    layout: str | None
    faces: int
    encoders: tuple[str, ...]
    probes: tuple[str, ...]
    out: Path
    keep: bool
    cluster: Cluster
    device: str


def probes_from_photographs(asked: FromPhotographs) -> None:
    """Fit probes on photographs of people, and write them and their cards to a folder that its owner alone may read.

    What was seen of the photographs stays in a folder beside them: the same command goes on where it was.

    Raises:
        UserError, FolderError, PhotographsError: as the message says.
    """
    specs = _specs(asked.probes)
    listing = _listing(asked)
    people_apart([face.identity for face in listing.faces])
    require_networks(asked.encoders)
    as_folder(asked.out)
    people = _seen(asked, listing)
    typer.echo(f"{shown(asked.root)}: {people.words}")
    for encoder in asked.encoders:
        _fit(asked, encoder, people, specs)


def _specs(names: Sequence[str]) -> list[ProbeSpec]:
    try:
        return [PROBES[name] for name in names or PROBES]
    except UnknownNameError as error:
        raise UserError(str(error)) from error


def _listing(asked: FromPhotographs) -> FolderListing:
    layout = asked.layout or layout_of(asked.root)
    if layout not in LAYOUTS:
        raise UserError(f"--layout {layout}: folders are read in the layouts {', '.join(LAYOUTS)}")
    return choose(LAYOUTS[layout].read(asked.root), asked.faces)


def _seen(asked: FromPhotographs, listing: FolderListing) -> PeopleSeen:
    """See what was not seen before, under a progress bar; without a terminal, a line now and then."""
    folder, keys = private_folder(asked.out / SEEN), tuple(keys_of(listing.faces))
    batches = SeenPhotographs(folder).missing(keys, asked.encoders)
    if batches:
        # Workers of other machines stand in other folders.
        photographs = tuple(replace(face, path=face.path.absolute()) for face in listing.faces)
        work = SeeingWork(folder.absolute(), photographs, keys, asked.encoders, asked.device)
        total = sum(len(batch.places) for batch in batches)
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("photographs", total=total)
            with closing(distribute(work, batches, asked.cluster)) as steps:
                for step in steps:
                    if not step.finished:
                        bar.advance(task)
    return people_seen(listing, asked.root, SeenPhotographs(folder), keys, asked.encoders)


def _fit(asked: FromPhotographs, encoder: str, people: PeopleSeen, specs: Sequence[ProbeSpec]) -> None:
    begun = time.monotonic()
    made: dict[str, FittedProbe] = {}
    refused: dict[str, str] = {}
    for spec, fitted in zip(specs, fit_encoder(people, encoder, specs), strict=True):
        if isinstance(fitted, PhotographsError):
            refused[spec.name] = str(fitted)
        else:
            made[spec.name] = fitted
    if not made:
        raise UserError(next(iter(refused.values())))
    file = asked.out / f"probes-{encoder}.safetensors"
    atomic_write(file, encode_probes(encoder, known_encoder(encoder).dimension, made))
    card = photograph_probe_card(encoder, people, made, refused, time.monotonic() - begun)
    atomic_write(file.with_suffix(".md"), card.encode())
    typer.echo(f"{shown(file)}: {next(iter(made.values())).record.fitted_on}")
    for name, fitted in made.items():
        typer.echo(f"  {name:<11} {fitted.record.portraits[0].words()}")
    for why in refused.values():
        typer.echo(f"  not fitted: {why}")
    if asked.keep:
        use_probes(file)
        typer.echo(f"embeddings of {encoder} are read by these probes from now on, in the window too")
    else:
        typer.echo(f"read by them: likeness probe PHOTO --probes {shown(file)}")
        typer.echo("or in the window: Edit > Read by other probes…")
