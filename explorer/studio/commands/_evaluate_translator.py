"""`likeness evaluate translator`: what handles of a latent space tell, and whether edits by them do what they say."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer

from explorer.science.evaluation.same_person import Estimate
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.translation.attributes import LabelledStyles
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._running import run_with_progress
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.commands._train_translator import TAUGHT_BY
from explorer.studio.corpus.attribute_material import TEST, labelled_faces
from explorer.studio.corpus.label_file import labels_file, read_labels_file
from explorer.studio.corpus.translator_judged import (
    WAY_BACK,
    EditRow,
    ElementsTable,
    generated_elements,
    judge_edits,
    judges_of,
    unseen_scores,
)
from explorer.studio.corpus.translator_photographs import areas_of, openpeople_faces, read_faces
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.handles.editing import HandleEditor, load_editor
from explorer.studio.places import cache, private_folder

GENERATED, EDITS = "generated", "edits"
FACES, EDITED, STEPS = 400, 48, 0


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("translator", no_args_is_help=True)(translator)


def translator(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="PART...",
            help="generated (elements of faces that nothing was learnt from), openpeople (photographs), edits (flips, "
            "identity).",
        ),
    ],
    file: Annotated[Path | None, typer.Option(help="A translator's file. [default: the program's own]")] = None,
    faces: Annotated[int, typer.Option(min=1, help="Photographs of a set at most, spread over it.")] = FACES,
    edited: Annotated[int, typer.Option(min=1, help="Faces that are edited, along every handle.")] = EDITED,
    steps: Annotated[
        int, typer.Option(min=0, max=5000, help="Steps of descent behind the encoder's answer to a photograph.")
    ] = STEPS,
    labels: Annotated[
        Path | None, typer.Option(help="A file of the corpus's labels. [default: the shipped one]")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge a translator: element AUC by class, flips at 4 beyond, held-out cosine beside linear directions.

    Cosines are taken where the labeller changes its answer, by the handle and along the corpus's direction of the same
    face. The encoder by which the translator learnt who faces are does not judge.
    """
    unknown = [name for name in sets if name not in (GENERATED, OPENPEOPLE, EDITS)]
    if unknown:
        raise UserError(f"{unknown[0]}: the parts are {GENERATED}, {OPENPEOPLE} and {EDITS}")
    editor, networks = load_editor(file), Networks(device)
    with Sources("part", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                if name == EDITS:
                    rows = edit_rows(networks, editor, edited, labels)
                    done.records.append({"part": EDITS, "rows": [row.model_dump(mode="json") for row in rows]})
                    said = edits_text(rows)
                else:
                    table = (
                        generated_table(networks, editor, labels)
                        if name == GENERATED
                        else openpeople_table(networks, editor, faces, steps)
                    )
                    done.records.append({"part": name, **table.model_dump(mode="json")})
                    said = elements_text(table)
                if not as_json:
                    typer.echo(said)


def unseen_faces(networks: Networks, editor: HandleEditor, labels: Path | None) -> LabelledStyles:
    """The faces of the corpus's test split, of whom nothing is learnt."""
    work, generator = private_folder(cache() / "translator"), networks.generator(editor.record.generator)
    with bar("latents") as step:
        return labelled_faces(tuple(editor.record.elements), generator, work, labels, None, step).styles.only(TEST)


def generated_table(networks: Networks, editor: HandleEditor, labels: Path | None = None) -> ElementsTable:
    """Elements of unseen generated faces."""
    unseen = unseen_faces(networks, editor, labels)
    found = generated_elements(editor, unseen)
    return ElementsTable(set=GENERATED, faces=len(unseen), labelled_by="the corpus's labels", aucs=found)


def inverse_error_of(networks: Networks, editor: HandleEditor, labels: Path | None = None) -> float:
    """The largest relative error of the way there and back, in single precision."""
    return unseen_scores(editor, unseen_faces(networks, editor, labels))[WAY_BACK].value


def openpeople_table(networks: Networks, editor: HandleEditor, most: int, steps: int) -> ElementsTable:
    """Elements of openpeople's photographs.

    Raises:
        UserError: there are no steps and no encoder into W+.
        MissingNetwork: openpeople is not in the cache.
    """
    settings = PHOTOGRAPH.with_choices({"encoder": TAUGHT_BY, "steps": max(steps, 1)}, {})
    consume = partial(run_with_progress, title=OPENPEOPLE, settings=settings)
    read = list(read_faces(networks, editor, openpeople_faces(networks, most), steps, TAUGHT_BY, consume))
    aucs = areas_of(read, list(editor.record.elements))
    return ElementsTable(set=OPENPEOPLE, faces=len(read), labelled_by="hand labels", aucs=aucs)


def edit_rows(networks: Networks, editor: HandleEditor, count: int, labels: Path | None = None) -> list[EditRow]:
    """Edits of unseen generated faces, spread over them."""
    directions = read_labels_file(labels or labels_file()).directions
    unseen = unseen_faces(networks, editor, labels)
    if not len(unseen):
        raise UserError("the corpus has no face that nothing was learnt from: make more of it")
    some = unseen[torch.linspace(0, len(unseen) - 1, min(count, len(unseen))).round().long()]
    with bar("edits") as step:
        known = {} if directions is None else directions.by_name
        return judge_edits(judges_of(networks, editor, TAUGHT_BY), some, known, step)


def elements_text(table: ElementsTable) -> str:
    """A line an element."""
    lines = [f"{table.set}: elements of {table.faces} faces, area under the ROC curve by {table.labelled_by}"]
    lines += [f"  {name:<12}{_words(area):>24}" for name, area in table.aucs.items()]
    lines.append("  In brackets 95 % by person.")
    return "\n".join([*lines, *([f"  {table.credit}."] if table.credit else [])])


def edits_text(rows: list[EditRow]) -> str:
    """A line an attribute."""
    lines = ["edits: a handle set to 4 beyond, and held-out cosine where the labeller's answer changes"]
    lines.append(f"  {'':<12}{'faces':>6}{'flips':>24}{'by handle':>24}{'along direction':>24}{'gained':>26}")
    for row in rows:
        cosines = "".join(f"{_words(one):>24}" for one in (row.cosine, row.cosine_linear))
        lines.append(f"  {row.attribute:<12}{row.faces:>6}{_words(row.flips):>24}{cosines}{_words(row.gained):>26}")
        lines.append(
            f"  {'':<12}{row.paired} faces flip both ways; {row.never} never by the handle, {row.never_linear} never "
            "along the direction"
        )
    return "\n".join([*lines, "  In brackets 95 % by face; gained is paired."])


def _words(one: Estimate | None) -> str:
    if one is None:
        return "–"
    return f"{one.value:.3f}" if one.low is None else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
