"""`likeness evaluate halves`: who is told by which half of W+, and whose face a mixed one is (DIFFUSE 5.3.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import name_of, shown
from explorer.science.training.halves import IdentifiedStyles
from explorer.science.training.photoreal_people import PhotorealModels
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.halves import load_halves
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.geometry.fit_numbers import file_digest
from explorer.studio.places import private_folder
from explorer.studio.populations.halves_scores import PAIRS, halves_scores, scores_text
from explorer.studio.populations.identified_styles import listed_styles, photographed_styles
from explorer.studio.populations.list_file import people_list_file, read_people_list
from explorer.studio.populations.mixing_grid import mixing_grid
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "mixing grid of identity halves"
LISTED = "people"
PEOPLE, PICTURES, FACES, SIDE = 100, 4, 5, 256


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("halves", no_args_is_help=True)(halves)


def halves(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="people (of the list, none of them learnt from), openpeople, orl, or a folder that holds one for each "
            "person; photographs are seen by the encoder into W+.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder of the training, and of figures.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The halves. [default: halves.safetensors in --work]")
    ] = None,
    people_list: Annotated[
        Path | None,
        typer.Option("--list", help="List of photoreal people. [default: models/people-list.safetensors]"),
    ] = None,
    people: Annotated[int, typer.Option(min=2, help="How many listed people.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=2, help="Of each of them.")] = PICTURES,
    pairs: Annotated[int, typer.Option(min=2, max=10_000, help="How many faces are mixed.")] = PAIRS,
    figure: Annotated[bool, typer.Option(help="Draw a grid of mixed faces (figures 6, 7).")] = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge identity halves: people told apart by either half beside every encoder, and whose face a mixed one is."""
    path = file or work / "halves.safetensors"
    translator, _ = load_halves(path)
    networks = Networks(device)
    encoders = {name: networks.recogniser(name) for name in present_encoders()}
    models = PhotorealModels(networks.generator(), networks.detector(), encoders)
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                judged = _judged(name, networks, people_list, people, pictures)
                scores = halves_scores(name_of(Path(name)), translator, judged, models, pairs)
                result = scores.model_dump(mode="json")
                done.records.append(result)
                if not as_json:
                    typer.echo(scores_text(scores))
                if figure:
                    options = {"people": people, "pictures": pictures, "pairs": pairs, "figure": True}
                    about = bare_record(
                        kind=KIND,
                        **result,
                        command=command_record("evaluate halves", [name], options),
                        networks={"halves": file_digest(path)},
                        versions=versions(),
                    )
                    first = [int((judged.people == one).nonzero()[0]) for one in range(min(FACES, judged.count))]
                    grid = mixing_grid(translator, judged.styles[first], models, SIDE)
                    drawn = save(grid, private_folder(work) / f"mixed-{scores.name}.png", about)
                    result["files"] = [str(drawn)]
                    if not as_json:
                        typer.echo(f"  {shown(drawn)}")


def _judged(name: str, networks: Networks, people_list: Path | None, people: int, pictures: int) -> IdentifiedStyles:
    if name == LISTED:
        listed = read_people_list(people_list or people_list_file())[0]
        return listed_styles(listed, networks.generator(), unseen=True, people=people, pictures=pictures)
    with bar(name) as step:
        return photographed_styles(photograph_set(name), networks, step)
