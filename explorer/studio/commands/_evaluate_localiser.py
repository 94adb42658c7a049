"""`likeness evaluate localiser`: table 5.1 and the figures of the thesis's chapter 5, measured here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.alignment.faces import Placement, PosedFaces
from explorer.science.alignment.record import LocaliserRecord
from explorer.science.alignment.scoring import aligned
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.names import shown
from explorer.studio.catalogue.localisers import load_localiser, localiser_file, stages_table
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.localiser_figures import FIGURES, LocaliserFaces
from explorer.studio.corpus.localiser_table import LocaliserTable, as_text, before_and_after, localiser_table
from explorer.studio.corpus.posed_material import UNSEEN_SEED, drawn_people
from explorer.studio.corpus.posed_photographs import PhotographPoser, posed_set
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import NAME, portrait_set
from explorer.studio.export.page import save
from explorer.studio.export.provenance import Provenance, bare_record
from explorer.studio.geometry.fit_numbers import file_digest
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "evaluation of a localiser"
DRAWN, PEOPLE, PICTURES = "people", 200, 5


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("localiser", no_args_is_help=True)(localiser)


def localiser(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="people (drawn, none of them learnt from), openpeople (its portraits), orl, or a folder that holds "
            "one for each person.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder in which drawn people are kept.")],
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="A localiser of this file.")] = None,
    other: Annotated[Path | None, typer.Option(metavar="FILE", help="Another one, for figure 5.13.")] = None,
    people: Annotated[int, typer.Option(min=1, help="How many people are drawn.")] = PEOPLE,
    figure: Annotated[list[str] | None, typer.Option(help="Also draw this figure, as 5.12; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for figures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge a localiser: 14 landmarks, sharpness of the mean texture, pose; at the fixed pose and as it finds faces.

    Of drawn people the truth is known; of photographs landmarks are those that are found, and poses are held against
    the landmark fit's.
    """
    wanted = figure or []
    unknown = [one for one in wanted if one not in FIGURES]
    if unknown:
        raise UserError(f"--figure {unknown[0]}: there are {', '.join(FIGURES)}")
    if wanted and out is None:
        raise UserError("--figure draws into a folder: name it by --out")
    found, record = load_localiser(file)
    compared = None if other is None else load_localiser(other)[0]
    model = load_morphable_model()
    settings, placement = record.settings, Placement(record.place, record.millimetres)
    transformer = SpatialTransformer(
        model, load_visibility_field(), settings.components, settings.texture, settings.visibility
    )
    if not as_json:
        typer.echo("\n".join(stages_table(record.stages)))
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                faces, fitted = _faces(name, model, record, work, people)
                before, after = before_and_after(found, transformer, faces, placement)
                table = localiser_table(name, faces, before, after, fitted)
                result = table.model_dump(mode="json")
                done.records.append(result)
                if not as_json:
                    typer.echo(as_text(table))
                if out is not None and wanted:
                    beside = None if compared is None else aligned(compared, transformer, faces)
                    words = f"Set: {Path(name).name}"
                    of = LocaliserFaces(model, transformer, faces, before, after, words, beside, record.stages)
                    digest = file_digest(file or localiser_file())
                    drawn = _drawn(of, wanted, out, _record(name, wanted, people, table, digest))
                    result["files"] = [str(path) for path in drawn]
                    if not as_json:
                        typer.echo("\n".join(f"  {shown(path)}" for path in drawn))


def _faces(
    name: str, model: MorphableModel, record: LocaliserRecord, work: Path, people: int
) -> tuple[PosedFaces, list[float]]:
    """The faces of a set, and by how much the landmark fit misses each photograph's landmarks."""
    side = record.settings.side
    with bar(name) as step:
        if name == DRAWN:
            drawn = drawn_people(model, UNSEEN_SEED, people, PICTURES, side, private_folder(work), step)
            return drawn.faces, []
        chosen = portrait_set() if name == NAME else photograph_set(name)
        placement = Placement(record.place, record.millimetres)
        poser = PhotographPoser(model, landmark_finder(landmark_source("auto")), side, placement)
        return posed_set(poser, Networks("cpu").detector(), chosen, step)


def _drawn(of: LocaliserFaces, figures: list[str], out: Path, record: Provenance) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for one in figures:
        try:
            drawn = FIGURES[one](of)
        except ValueError as error:
            raise UserError(str(error)) from error
        written.append(save(drawn, out / f"figure-{one.replace('.', '-')}.png", record))
    return written


def _record(name: str, figures: list[str], people: int, table: LocaliserTable, digest: str) -> Provenance:
    options = {"people": people, "figure": figures}
    return bare_record(
        kind=KIND,
        **table.model_dump(mode="json"),
        command=command_record("evaluate localiser", [name], options),
        networks={"localiser": digest},
        versions=versions(),
    )
