"""`likeness lab modify`: embeddings without an attribute, one or thousands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from explorer.science.laboratory.modification import OVERALL
from explorer.science.laboratory.modifier import Modifier
from explorer.science.names import shown
from explorer.studio.catalogue.modifiers import load_modifier
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands._running import chosen_device
from explorer.studio.commands._sources import Sources, say_others
from explorer.studio.commands._vectors import ENCODER_HELP
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import SUFFIXES
from explorer.studio.files import fitting_name
from explorer.studio.laboratory.modifying import (
    How,
    Protected,
    is_matrix_file,
    members_in,
    protected,
    read_matrix,
    write_all,
    write_one,
)
from explorer.studio.laboratory.template_making import open_member, template_encoder
from explorer.studio.outputs import as_folder, result_files
from explorer.studio.places import output_folder
from explorer.studio.reproducing.kinds import command_record

_MOST_SAID = 12
_WAYS: dict[tuple[str, str], How] = {
    (method, part): How(method, part) for method in ("network", "linear") for part in ("dependent", "independent")
}


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("modify", no_args_is_help=True)(modify)


def modify(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="VECTORS|GALLERY...",
            help="Embeddings, a .npy file with one a row, photographs, or a folder of embeddings or photographs.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(help="A .npy file that takes all, one a row; for one embedding also .csv or .json; or a folder."),
    ],
    attribute: Annotated[str, typer.Option(help="What is taken out: an attribute of the corpus.")] = "gender",
    encoder: Annotated[str | None, typer.Option(help=ENCODER_HELP)] = None,
    method: Annotated[
        str, typer.Option(help="network: parts of an autoencoder are swapped; linear: directions are removed.")
    ] = "network",
    part: Annotated[
        str, typer.Option(help="Of the network, which part is replaced: dependent, which tells it, or independent.")
    ] = "dependent",
    by: Annotated[str, typer.Option(help="By whose mean: a class of the attribute, or overall.")] = OVERALL,
    modifier: Annotated[
        Path | None, typer.Option(help="The file of `likeness train modification`. [default: the program's own]")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Take an attribute such as gender out of embeddings, and leave who they are of as far as that can be.

    What is written are embeddings of the encoder as every command takes them. The record beside them says how well
    probes that were trained afresh on such embeddings still tell the attribute.
    """
    options = {"attribute": attribute, "encoder": encoder, "method": method, "part": part, "by": by, "out": "OUT"}
    said = command_record("lab modify", [path.name for path in sources], options)
    how = replace(_how(method, part, by), command=tuple(said))
    several = out.suffix.lower() not in SUFFIXES
    name, made_of = _opened_by(sources, encoder), Sources("source")
    network = load_modifier(name, attribute, modifier)
    names, sha256s, rows = _gathered(sources, name, Networks(chosen_device(device)), made_of)
    if not rows:
        made_of.end()
    made = protected(network, names, sha256s, np.concatenate(rows), how)
    written = _into_folder(as_folder(out), made, network, how) if several else _into_file(out, made, network, how)
    _say(made, network, how, written, as_json)
    made_of.end()


def _how(method: str, part: str, by: str) -> How:
    if (method, part) not in _WAYS:
        raise UserError(f"--method {method} --part {part}: say network or linear, and dependent or independent")
    if method == "linear" and (part, by) != ("dependent", OVERALL):
        raise UserError("--part and --by belong to the network: leave them out with --method linear")
    chosen = _WAYS[method, part]
    return How(chosen.method, chosen.part, by)


def _opened_by(sources: list[Path], encoder: str | None) -> str:
    """Whose embeddings they are: as it is given, or as the first files say."""
    if encoder is not None:
        return known_encoder(encoder).id
    if any(is_matrix_file(path) for path in sources):
        raise UserError("a file of several embeddings does not say whose they are: give it with --encoder")
    members = [one for path in sources for one in (members_in(path)[:1] if path.is_dir() else [path])]
    return template_encoder(members, None)


def _gathered(
    sources: list[Path], encoder: str, networks: Networks, of: Sources
) -> tuple[list[str], list[str], list[np.ndarray[Any, np.dtype[np.float32]]]]:
    """Names, sha256s and embeddings of all sources; of what cannot be used it is said why."""
    names, sha256s, rows = list[str](), list[str](), list[np.ndarray[Any, np.dtype[np.float32]]]()
    for path in [one for source in sources for one in (members_in(source) if source.is_dir() else [source])]:
        with of.each(path):
            if is_matrix_file(path):
                values, sha256 = read_matrix(path, known_encoder(encoder).dimension)
                found, digest = path.name, sha256
            else:
                member = open_member(networks, path, encoder, say_others)
                values, found, digest = member.vector[None], member.name, member.member.sha256
            rows.append(values)
            names += [found] * len(values)
            sha256s += [digest] * len(values)
    return names, sha256s, rows


def _into_file(out: Path, made: Protected, modifier: Modifier, how: How) -> list[Path]:
    if len(made.names) > 1 and out.suffix.lower() != ".npy":
        raise UserError(
            f"{out.name}: {len(made.names)} embeddings go into a .npy file or a folder; choose one of these"
        )
    with result_files(out) as result:
        place = result.folder / out.name
        files = (
            write_one(place, made, 0, modifier, how) if len(made.names) == 1 else write_all(place, made, modifier, how)
        )
    return [out.with_name(file.name) for file in files]


def _into_folder(out: Path, made: Protected, modifier: Modifier, how: How) -> list[Path]:
    written, taken = list[Path](), set[str]()
    with output_folder(out):
        for row, name in enumerate(made.names):
            stem, number = Path(name).stem, 1
            file = fitting_name(stem, ".npy")
            while file in taken:
                number += 1
                file = fitting_name(stem, f"-{number}.npy")
            taken.add(file)
            with result_files(out / file) as result:
                files = write_one(result.folder / file, made, row, modifier, how)
            written += [out / one.name for one in files]
    return written


def _say(made: Protected, modifier: Modifier, how: How, written: list[Path], as_json: bool) -> None:
    record = modifier.record
    told = getattr(record, how.method)
    if as_json:
        rows = [
            {"source": name, "cosine": float(made.cosines[row]), **_probabilities(made, row)}
            for row, name in enumerate(made.names)
        ]
        about = {"encoder": record.encoder, "attribute": record.attribute, "method": how.method}
        afresh = None if told is None else told.model_dump(mode="json")
        typer.echo(
            json.dumps({**about, "told_afresh": afresh, "rows": rows, "files": list(map(str, written))}, indent=2)
        )
        return
    count = "an embedding" if len(made.names) == 1 else f"{len(made.names)} embeddings"
    typer.echo(f"{count} of {record.encoder} without {record.attribute}, by the {how.method} way")
    if told is not None:
        typer.echo(f"  {record.attribute} told by probes trained afresh: {told.words()}")
    for row, name in enumerate(made.names[:_MOST_SAID]):
        said = _probabilities(made, row)
        word = record.classes[1]
        probe = f"  P({word}) {said['before']:.2f} before, {said['after']:.2f} after" if said else ""
        typer.echo(f"  {shown(name):<32} cosine to the original {made.cosines[row]:.3f}{probe}")
    if len(made.names) > _MOST_SAID:
        typer.echo(f"  and {len(made.names) - _MOST_SAID} more, cosine {made.cosines.mean():.3f} on average")
    for path in written[:_MOST_SAID]:
        typer.echo(f"  {path}")


def _probabilities(made: Protected, row: int) -> dict[str, float]:
    if made.told_before is None or made.told_after is None:
        return {}
    return {"before": float(made.told_before[row]), "after": float(made.told_after[row])}
