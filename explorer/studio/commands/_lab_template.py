"""`likeness lab template` and `likeness lab templates`: one vector of many photographs, and what it is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.laboratory.templates import Averaging
from explorer.studio import places
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._running import chosen_device
from explorer.studio.commands._sources import say, say_others
from explorer.studio.commands._vectors import ENCODER_HELP
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.export.page import save
from explorer.studio.export.provenance import Provenance, bare_record
from explorer.studio.export.tables import write_table
from explorer.studio.faces.vectors import SUFFIXES
from explorer.studio.files import atomic_write
from explorer.studio.laboratory.template_making import (
    given_weights,
    make_template,
    open_member,
    template_encoder,
    write_template,
)
from explorer.studio.laboratory.templates_judged import TemplatesRecord, as_text, judge_templates, rows_of
from explorer.studio.laboratory.templates_seen import CONDITIONS, see_set
from explorer.studio.outputs import as_folder, result_files, result_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

_AVERAGINGS: dict[str, Averaging] = {"normalised": "normalised", "plain": "plain"}
_SEEN = "templates-seen.safetensors"
TABLE_KIND = "verification by templates"


def add_to(lab: typer.Typer) -> None:
    """Add the commands to those of `likeness lab`."""
    lab.command("template", no_args_is_help=True)(template)
    lab.command("templates", no_args_is_help=True)(templates)


def template(
    sources: Annotated[
        list[Path], typer.Argument(metavar="PHOTO|VECTOR...", help="Photographs or embeddings, all of one person.")
    ],
    out: Annotated[Path, typer.Option(help="Where to write: a .npy, .csv or .json file.")],
    encoder: Annotated[str | None, typer.Option(help=ENCODER_HELP)] = None,
    averaging: Annotated[
        str | None,
        typer.Option(
            help="normalised: directions are averaged; plain: vectors as they are. "
            "[default: normalised under a cosine, plain under a distance]"
        ),
    ] = None,
    weights: Annotated[
        str,
        typer.Option(help="equal, quality, or a number for each source such as 2,1,1. quality is for photographs."),
    ] = "equal",
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Average the embeddings of several photographs of a person to one, which every command takes as a vector.

    Of each photograph the most prominent face counts. The record beside the file says of how many faces it is.
    """
    how, weighing = _averaging(averaging), given_weights(weights, len(sources))
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"{out.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")
    name, networks = template_encoder(sources, encoder), Networks(chosen_device(device))
    members = [open_member(networks, path, name, say_others) for path in sources]
    made = make_template(members, name, how, weighing)
    with result_files(out) as result:
        written = write_template(result.folder / out.name, made)
    files = [out.with_name(one.name) for one in written]
    about = {"encoder": name, "faces": len(members), "averaging": made.averaging, "weighting": made.weighting}
    shares = [round(float(share), 6) for share in made.shares]
    nearness = [round(float(one), 6) for one in made.scores]
    if as_json:
        record: dict[str, Any] = {**about, "weights": shares, "scores": nearness, "files": [str(one) for one in files]}
        typer.echo(json.dumps(record, indent=2))
        return
    typer.echo(f"a template of {len(members)} faces under {name}, averaged {made.averaging}, weights: {made.weighting}")
    for member, share, score in zip(members, shares, nearness, strict=True):
        typer.echo(f"  {member.name:<40} weight {share:.3f}  {made.score_word} to the template {score:.3f}")
    typer.echo(f"  {out}")


def templates(
    photographs: Annotated[
        str, typer.Option("--set", help="orl, openpeople, or a folder that holds one folder for each person.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    encoder: Annotated[
        list[str] | None, typer.Option(help="Only this encoder; may be repeated. [default: all that are here]")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(help=f"Only this: of {', '.join(CONDITIONS)}; may be repeated. [default: all]"),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Photographs of the largest templates. [default: ORL 8, openpeople 10]"),
    ] = None,
    averaging: Annotated[str | None, typer.Option(help="normalised or plain, as for `likeness lab template`.")] = None,
    work: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps what encoders saw, for the next time. [default: nothing is kept]"),
    ] = None,
    figure: Annotated[str, typer.Option(help="Formats of the figure, of png, svg and pdf.")] = "png",
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Verify people by templates of one to N photographs: TAR at FAR 0.1 % with intervals by person (figure 16).

    Templates are compared with the photographs that are in none, upright and made worse in the same way. Writes
    templates.csv (and as .parquet), templates.json and figure.*. Weights by quality are chosen by one half of the
    people for the other, and stand beside equal ones.
    """
    how, formats = _averaging(averaging), figure_formats(figure)
    conditions = _conditions(condition)
    encoders = [known_encoder(one).id for one in encoder] if encoder else list(present_encoders())
    as_folder(out)
    chosen, networks = photograph_set(photographs), Networks(chosen_device(device))
    kept = None if work is None else places.private_folder(work) / _SEEN
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(chosen.name, total=None)
        seen = see_set(
            chosen,
            encoders,
            conditions,
            networks,
            kept,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    record = judge_templates(chosen, seen, encoders, conditions, most, how)
    options = {"encoder": encoder, "condition": condition, "most": most, "averaging": averaging, "out": "DIR"}
    command = command_record("lab templates", [], {"set": photographs, **options})
    with result_folder(out, say, _is_ours) as result:
        written = result.settled(_write(record, result.folder, formats, command))
    if as_json:
        typer.echo(json.dumps(record.model_dump(mode="json") | {"files": [str(path) for path in written]}, indent=2))
        return
    typer.echo(as_text(record))
    for path in written:
        typer.echo(f"  {path}")


def _write(record: TemplatesRecord, out: Path, formats: list[str], command: list[str]) -> list[Path]:
    from explorer.studio.laboratory.templates_figure import draw_templates

    rows, about = rows_of(record), _provenance(record, command)
    written = list[Path]()
    for ending in ("csv", "parquet"):
        written += write_table(out / f"templates.{ending}", rows, about)
    written.append(atomic_write(out / "templates.json", record.model_dump_json(indent=2).encode()))
    if formats:
        drawn = draw_templates(record)
        written += [save(drawn, out / f"figure.{kind}", about) for kind in formats]
    return written


def _provenance(record: TemplatesRecord, command: list[str]) -> Provenance:
    from explorer.science.recognition.registry import encoder_spec
    from explorer.studio import catalogue

    encoders = list(dict.fromkeys(row.encoder for row in record.rows))
    networks = [encoder_spec(encoder).network for encoder in encoders]
    return bare_record(
        kind=TABLE_KIND,
        set=record.set,
        people=record.people,
        photographs=record.photographs,
        conditions=dict(record.conditions),
        credits=[record.credit] if record.credit else [],
        command=command,
        networks={network: catalogue.sha256(network) for network in networks},
        versions=versions({"encoders": tuple(encoders)}),
    )


def _averaging(given: str | None) -> Averaging | None:
    if given is None:
        return None
    if given not in _AVERAGINGS:
        raise UserError(f"--averaging {given}: vectors are averaged {' or '.join(_AVERAGINGS)}")
    return _AVERAGINGS[given]


def _conditions(given: list[str] | None) -> list[str]:
    unknown = [one for one in given or () if one not in CONDITIONS]
    if unknown:
        raise UserError(f"--condition {unknown[0]}: there are {', '.join(CONDITIONS)}")
    return [one for one in CONDITIONS if not given or one in given]


def _is_ours(name: str) -> bool:
    return name.startswith(("templates.", "figure."))
