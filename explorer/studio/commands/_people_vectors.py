"""`likeness people vectors`: vectors of groups and gender in the morphable model's space, and what they tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.science.names import shown
from explorer.science.synthetic.scene import LARGEST_SEED

if TYPE_CHECKING:
    from explorer.studio.people.vectors import FittedPhotographs, Judged, VectorSettings

_FEWEST, _MOST = 240, 200_000


def vectors(
    out: Annotated[Path, typer.Option(help="Folder of numbers and figures; an earlier result in it stays.")],
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the first person.")] = 0,
    count: Annotated[int, typer.Option(min=_FEWEST, max=_MOST, help="People that are drawn.")] = 20_000,
    photographs: Annotated[
        Path | None,
        typer.Option(
            metavar="SET", help="Judge photographs, too: openpeople, a FairFace folder, or people beside a labels.csv."
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=10, max=_MOST, help="Photographs that are fitted at most.")] = 2000,
    faces: Annotated[int, typer.Option(min=1, max=12, help="New faces of each group in figure 19.")] = 6,
    spread: Annotated[float, typer.Option(min=0, max=2, help="How far these lie from the vector.")] = 1.0,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels a side of each of these.")] = 256,
    formats: Annotated[str, typer.Option("--formats", help="Formats of the figures, of png, svg and pdf.")] = "png",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find vectors of groups and gender in the 3D model's space, and judge them (DIFFUSE, section 6.2).

    People are drawn by the sliders of which the model was made, so that labels are true: the names are MakeHuman's, of
    its sliders, not of people. Group vectors are means of balanced samples; others are classified by them (figure 18),
    and new people drawn about them (16, 19). The model's own gender vector stands beside the normal of a linear
    support vector machine in each group, with areas under ROC curves and their intervals (20, 21, 26). Photographs
    are fitted in 3D; of them the labels are what annotators said.
    """
    from explorer.studio.commands._formats import figure_formats
    from explorer.studio.outputs import as_folder, result_folder
    from explorer.studio.people.macro_file import load_macro_model
    from explorer.studio.people.vector_writing import is_ours, numbers_of, write_vectors
    from explorer.studio.people.vectors import VectorSettings, find_vectors
    from explorer.studio.reproducing.kinds import command_record

    chosen = figure_formats(formats)
    name = None if photographs is None else photographs.name
    settings = VectorSettings(seed=seed, count=count, faces=faces, spread=spread, photographs=name, most=most)
    options = settings.model_dump() | {"size": size, "formats": formats, "out": "DIR"}
    words = command_record("people vectors", [], options)
    macros = load_macro_model()
    fitted = None if photographs is None else _fitted(str(photographs), settings)
    with result_folder(as_folder(out), lambda text: typer.echo(text, err=True), is_ours) as result:
        found = find_vectors(macros, settings, fitted)
        files = write_vectors(result.folder, found, macros, words, chosen, size)
    written = result.settled(files)
    if as_json:
        typer.echo(json.dumps(numbers_of(found) | {"files": [str(path) for path in written]}, indent=2))
        return
    for one in found.judged:
        typer.echo("\n".join(_said(one)))
    typer.echo("Groups and genders of drawn people are names of MakeHuman's sliders, of photographs annotators' words.")
    typer.echo(f"  {shown(result.place)}")


def _fitted(photographs: str, settings: VectorSettings) -> FittedPhotographs:
    from rich.console import Console
    from rich.progress import Progress

    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.evaluation.labelled_shapes import fit_photographs, labelled_photographs
    from explorer.studio.extras import require

    require("3d")
    known = labelled_photographs(photographs, settings.most)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("fits", total=len(known))
        return fit_photographs(
            photographs, known, Networks("cpu"), lambda done, total: bar.update(task, completed=done, total=total)
        )


def _said(judged: Judged) -> list[str]:
    lines = [f"{judged.name}: {judged.faces:,} faces of {judged.people:,} people"]
    if judged.vectors is not None and judged.shares is not None:
        rightly = ", ".join(
            f"{name} {share:.0%}" for name, share in zip(judged.vectors.names, judged.shares.diagonal(), strict=True)
        )
        lines.append(f"  taken for their own group by the largest projection, of {judged.judged:,}: {rightly}")
    if judged.gender is not None:
        head = ("gender, area under the ROC curve", "the model's own vector", "linear classifier's")
        lines.append("  {:<34} {:<24} {}".format(*head))
        lines += [
            f"    {one.group:<32} {_words(one.own.value, one.own.low, one.own.high):<24} "
            f"{_words(one.svm.value, one.svm.low, one.svm.high)}"
            for one in judged.gender.separations
        ]
    for whose, area in (("the model's own vector", judged.own), ("the vector of drawn people", judged.transferred)):
        if area is not None:
            lines.append(f"  gender of all by {whose}: {_words(area.value, area.low, area.high)}")
    return [*lines, *([f"  {judged.remark}"] if judged.remark else [])]


def _words(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"
