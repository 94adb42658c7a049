"""`likeness people evaluate authentication`: do synthetic people make an encoder better? (DIFFUSE, 6.2.6)"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from explorer.science.names import name_of, shown
from explorer.studio.errors import UserError
from explorer.studio.evaluation.authentication_settings import PRESETS, AuthenticationSettings
from explorer.studio.extras import require
from explorer.studio.people.values import Renderer

if TYPE_CHECKING:
    from explorer.studio.evaluation.authentication import AuthenticationRecord, Step
    from explorer.studio.evaluation.authentication_gender import GenderCoefficients

_LOCK = "authentication.lock"
_RECORD, _TABLE, _FIGURES = "authentication.json", "table4", ("figure26", "figure27")
_MOST_SAID = 5
# Of settings that the options call otherwise.
_PEOPLE = {"target": "target-people", "test": "test-people"}


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness people evaluate`."""
    evaluate.command("authentication", no_args_is_help=True)(authentication)
    evaluate.callback()(_group)


def _group() -> None:
    """Keep `authentication` a word of its own while it is the only one."""


def authentication(
    work: Annotated[Path, typer.Option(help="Folder of faces and trainings; the same command goes on in it.")],
    out: Annotated[Path | None, typer.Option(help="Folder of table 4, figures 26 and 27 and the record.")] = None,
    photographs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="The target set: a folder for each person, with genders.csv (person, gender) where these are known. "
            "[default: drawn people]",
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help=f"Sizes: {' or '.join(PRESETS)}.")] = "small",
    renderer: Annotated[
        Renderer | None,
        typer.Option(
            help="raster, or path: traced in near infrared (pip install 'likeness[render]'). [default: raster]"
        ),
    ] = None,
    samples: Annotated[int | None, typer.Option(help="A pixel, of the path tracer.")] = None,
    target_people: Annotated[int | None, typer.Option(help="People of the target set to train on.")] = None,
    test_people: Annotated[int | None, typer.Option(help="Others of it to test on, half of them women.")] = None,
    unbalanced: Annotated[int | None, typer.Option(help="Men of the unbalanced set.")] = None,
    balanced: Annotated[int | None, typer.Option(help="People of the balanced set, half of them women.")] = None,
    pictures: Annotated[int | None, typer.Option(help="Of each person.")] = None,
    size: Annotated[int | None, typer.Option(help="Pixels a side of pictures that are drawn.")] = None,
    side: Annotated[int | None, typer.Option(help="Pixels a side of aligned faces, a multiple of 32.")] = None,
    steps: Annotated[int | None, typer.Option(help="Of each training.")] = None,
    batch: Annotated[int | None, typer.Option(help="Pictures of a step.")] = None,
    trainings: Annotated[int | None, typer.Option(help="Of each set, from as many seeds.")] = None,
    figure: Annotated[Literal["png", "svg", "pdf"], typer.Option(help="Of figures in --out.")] = "png",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Train MobileNetV2 with ArcFace's loss on a target set alone, with an unbalanced and a balanced synthetic set.

    False rejection rates (FRR) at fixed rates of false acceptance (FAR) of others of the target set, with intervals by
    person and training, women and men apart. The target set has 88 men to 12 women; the unbalanced set has men only. A
    folder's people are split 88 : 12 for training and test. Encoders are trained for the same number of steps each.
    """
    given: dict[str, Any] = {
        "target": target_people,
        "test": test_people,
        "unbalanced": unbalanced,
        "balanced": balanced,
        "pictures": pictures,
        "size": size,
        "side": side,
        "steps": steps,
        "batch": batch,
        "trainings": trainings,
        "renderer": renderer,
        "samples": samples,
    }
    settings = settings_of(preset, given)
    if out is not None:
        from explorer.studio.outputs import as_folder

        as_folder(out)
    record, gender = _evaluated(settings, work, photographs, device)
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        from explorer.studio.evaluation.authentication_text import as_text

        typer.echo(as_text(record))
        _say_remarks(record)
    if out is not None:
        options: dict[str, Any] = {_PEOPLE.get(name, name): value for name, value in given.items()}
        folder = None if photographs is None else name_of(photographs)
        options |= {"photographs": folder, "preset": preset}
        _write(out, record, gender, options | {"work": "DIR"}, figure)


def settings_of(preset: str, given: dict[str, Any]) -> AuthenticationSettings:
    """The sizes of a preset with those that were given in their places.

    Raises:
        UserError: there is no such preset, or sizes do not fit together.
    """
    from pydantic import ValidationError

    if preset not in PRESETS:
        raise UserError(f"there is no preset {preset!r}: choose {' or '.join(PRESETS)}")
    sizes = PRESETS[preset] | {name: value for name, value in given.items() if value is not None}
    try:
        return AuthenticationSettings(**sizes)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(map(str, first["loc"]))
        said = str(first["msg"]).removeprefix("Value error, ")
        raise UserError(f"{where}: {said.lower()}" if where else said) from error


def _evaluated(
    settings: AuthenticationSettings, work: Path, photographs: Path | None, device: str
) -> tuple[AuthenticationRecord, list[GenderCoefficients]]:
    from explorer.science.training.loop import Compute
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.evaluation.authentication import FACES, Experiment
    from explorer.studio.evaluation.authentication_gender import gender_coefficients
    from explorer.studio.evaluation.authentication_sets import FaceCutter, drawn_sets, genders_in, sets_beside
    from explorer.studio.evaluation.photograph_sets import people_in
    from explorer.studio.outputs import alone_in
    from explorer.studio.people.sources import DrawnPeople
    from explorer.studio.places import output_folder

    if settings.renderer == "path":
        require("render")
    source = DrawnPeople(settings.drawn)
    if photographs is None:
        sets, detector = drawn_sets(settings, source), None
    else:
        sets = sets_beside(people_in(photographs), genders_in(photographs), settings, source)
        detector = Networks(device).detector()
    cutter = FaceCutter(work / FACES, settings.side, source, settings.pictures, detector)
    with output_folder(work), alone_in(work, _LOCK, "another evaluation"), _progress() as step:
        experiment = Experiment(sets, settings, cutter, work, Compute.on(device), step)
        return experiment.run(), gender_coefficients(sets, source)


@contextmanager
def _progress() -> Iterator[Step]:
    """What is told how far a part of the work is, and draws it on a terminal."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console, tasks = Console(stderr=True), dict[str, TaskID]()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:

        def step(text: str, done: int, total: int) -> None:
            if text not in tasks:
                tasks[text] = bar.add_task(text, total=total)
            bar.update(tasks[text], completed=done)

        yield step


def _write(
    out: Path,
    record: AuthenticationRecord,
    gender: list[GenderCoefficients],
    options: dict[str, Any],
    figure: str,
) -> None:
    from explorer.studio.evaluation.authentication_figures import draw_gender, draw_roc
    from explorer.studio.evaluation.authentication_text import table_rows
    from explorer.studio.export.page import save
    from explorer.studio.export.provenance import bare_record
    from explorer.studio.export.tables import write_table
    from explorer.studio.files import atomic_write
    from explorer.studio.outputs import result_folder
    from explorer.studio.reproducing.kinds import command_record

    words = command_record("people evaluate authentication", [], options | {"figure": figure, "out": "DIR"})
    about = bare_record(
        kind="authentication",
        command=words,
        source=record.source,
        target=record.target,
        settings_of_experiment=record.settings.model_dump(mode="json"),
    )
    with result_folder(out, lambda text: typer.echo(text, err=True), _is_ours) as result:
        rows = table_rows(record)
        files = [
            path for kind in ("csv", "parquet") for path in write_table(result.folder / f"{_TABLE}.{kind}", rows, about)
        ]
        for name, drawn in zip(_FIGURES, (draw_gender(gender), draw_roc(record)), strict=True):
            files.append(save(drawn, result.folder / f"{name}.{figure}", about))
        whole = about | {
            "authentication": record.model_dump(mode="json"),
            "gender": [one.model_dump(mode="json") for one in gender],
        }
        files.append(atomic_write(result.folder / _RECORD, json.dumps(whole, indent=1).encode()))
    for path in result.settled(files):
        typer.echo(f"written: {shown(path)}", err=True)


def _is_ours(name: str) -> bool:
    return name.startswith((_RECORD, _TABLE, *_FIGURES))


def _say_remarks(record: AuthenticationRecord) -> None:
    for line in record.remarks[:_MOST_SAID]:
        typer.echo(line, err=True)
    more = len(record.remarks) - _MOST_SAID
    if more > 0:
        typer.echo(f"and {more} pictures more that cannot be used", err=True)
