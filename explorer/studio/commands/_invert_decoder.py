"""`likeness invert --method decoder` and `--method vec2face`: what an embedding shows at a glance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from explorer.science.leakage.edits import VectorEdit
from explorer.science.names import shown
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.commands._standing import name_width
from explorer.studio.commands._vectors import encoder_of
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.decoding import FinishedDecoding, write_picture
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.inversion.targets import altered_target, open_target
from explorer.studio.outputs import as_folder, result_folder

Method = Literal["search", "decoder", "vec2face", "photograph"]
# Draws a target's vector of an encoder, and judges the picture.
Draw = Callable[[Networks, InversionTarget, str], FinishedDecoding]


@dataclass(frozen=True)
class Choice:
    """What else the command was given, as of `likeness invert`."""

    face: int | None
    placed: list[tuple[float, float]] | None
    mark: bool
    as_json: bool


def refuse_search(given: Mapping[str, object], method: Method) -> None:
    """Refuse what belongs to a search.

    Args:
        given: by the names of options; what is false was not given.

    Raises:
        UserError: something of it was given.
    """
    name = next((name for name, value in given.items() if value and name != "encoder"), None)
    if name is not None:
        raise UserError(f"--{name.replace('_', '-')} is of a search: leave it out, or leave --method {method} out")


def decode_each(
    sources: Sequence[Path],
    encoder: str | None,
    edit: VectorEdit,
    out: Path,
    networks: Networks,
    choice: Choice,
    draw: Draw,
) -> None:
    """Draw each source in one pass; its folder gets result.png and run.json."""
    as_folder(out)
    say_missing_encoders()
    with Sources(as_json=choice.as_json) as done:
        for source in sources:
            with done.each(source):
                refuse_folder(source, "invert")
                attacked = encoder_of(source, encoder)
                with result_folder(out / fitting_name(shown(source.stem)), say) as result:
                    target = open_target(networks, source, attacked, choice.face, choice.placed, say_others)
                    finished = draw(networks, altered_target(target, edit).target, attacked)
                    files = _write(finished, result.folder, choice.mark)
                written = result.settled(files)
                done.records.append(finished.run.model_dump(mode="json") | {"files": [str(path) for path in written]})
                if not choice.as_json:
                    _report(finished, written)


def _write(finished: FinishedDecoding, folder: Path, mark: bool) -> list[Path]:
    record = finished.run.model_dump_json(indent=2).encode()
    return [write_picture(folder / "result.png", finished, mark), atomic_write(folder / "run.json", record)]


def _report(finished: FinishedDecoding, written: Sequence[Path]) -> None:
    run = finished.run
    what = "decoded" if run.method == "decoder" else "drawn"
    typer.echo(f"{run.target.name}: {what} at {run.side} px in {1000 * run.seconds:.0f} ms")
    width = name_width(run.scores)
    for score in run.scores:
        role = "attacked" if score.attacked else "held out"
        word = "cosine" if score.measure == "cosine" else "distance"
        typer.echo(f"  {score.encoder:{width}} {role:8}  {word:8} {score.score:6.3f}")
    if not run.result_face_found:
        typer.echo("  no face was found in the picture; it could not be scored")
    for path in written:
        typer.echo(f"  {shown(path)}")
