"""`likeness lab attack`: change a photograph within a budget, until an encoder sees somebody else in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from torch import Tensor

from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.defences import Defence
from explorer.science.names import name_of, shown
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._lab_attack_set import attack_set, followed
from explorer.studio.commands._running import chosen_device
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import refuse_folder, say, say_others
from explorer.studio.errors import UserError
from explorer.studio.inversion.targets import open_photograph, open_target
from explorer.studio.laboratory.attack_export import NAMES, write_attack
from explorer.studio.laboratory.attack_running import Aim, attacked_photograph, run_attack
from explorer.studio.laboratory.attack_text import as_text
from explorer.studio.laboratory.defences_by_name import DEFENCES, defence_of
from explorer.studio.outputs import as_folder, result_folder


def add_to(lab: typer.Typer) -> None:
    """Add the operation to those of `likeness lab`."""
    lab.command("attack", no_args_is_help=True)(attack)


@with_settings(AttackSettings)
def attack(
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    photograph: Annotated[
        Path | None, typer.Argument(metavar="PHOTO", help="The photograph that is attacked; none with --set.")
    ] = None,
    towards: Annotated[
        Path | None, typer.Option(help="A photograph of the person, or the vector, that the encoder is to see instead.")
    ] = None,
    away: Annotated[bool, typer.Option("--away", help="Only away from the person whom the photograph shows.")] = False,
    among: Annotated[
        list[Path] | None,
        typer.Option(help="A photograph of one more person of the softmax; may be repeated (--objective softmax)."),
    ] = None,
    whole_set: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="SET",
            help="Instead of one photograph: orl, openpeople, or a folder with one of photographs for each person.",
        ),
    ] = None,
    each: Annotated[int, typer.Option(min=1, help="Of a set, how many photographs of each person are attacked.")] = 2,
    people: Annotated[int | None, typer.Option(min=1, help="Of a set, only so many people. [default: all]")] = None,
    defence: Annotated[
        list[str] | None,
        typer.Option(help=f"Also see the pictures through a defence ({', '.join(DEFENCES)}); may be repeated."),
    ] = None,
    knowing: Annotated[
        bool, typer.Option("--knowing", help="Also attack each defence by its own gradients; alone, only so.")
    ] = False,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Change a photograph within a budget, until an encoder sees another person in it, or no longer the same one.

    The picture is rounded to 8 bits as it is saved, and judged as saved, its face found and aligned again, by the
    attacked encoder and by those that took no part. The folder gets adversarial.png, perturbation.png (amplified by the
    factor that the numbers state), table.csv and attack.json. With --set every person's first photographs are attacked,
    each towards a person drawn by --seed or away from itself: success with 95 % intervals by person, beside the false
    match rate of the same set; it can be interrupted, and goes on.
    """
    chosen = AttackSettings(**settings)
    attacked_encoder(chosen.encoder)
    as_folder(out)
    if whole_set is not None:
        _refuse_of_one(photograph, towards, among, face, points)
        attack_set(whole_set, chosen, out, away, each, people, defence or [], knowing, chosen_device(device), as_json)
        return
    source = _checked(photograph, towards, away, among, chosen, people)
    placed = placed_points(points, [source], face)
    networks = Networks(chosen_device(device))
    knows = _known(networks, defence or [], knowing, chosen.encoder)
    say_missing_encoders()
    with result_folder(out, say, lambda name: name in NAMES) as result:
        opened, its_face = open_photograph(networks, source, face, placed, say_others)
        encoders = tuple(dict.fromkeys((chosen.encoder, *present_encoders())))
        attacked = attacked_photograph(networks, opened, its_face, encoders)
        aim = _aim(networks, towards, among or [], chosen)
        made = followed(run_attack(networks, attacked, aim, chosen, knows), name_of(source))
        files = write_attack(result.folder, made)
    written = result.settled(files)
    if as_json:
        record = made.record.model_dump(mode="json")
        typer.echo(json.dumps(record | {"files": [str(path) for path in written]}, indent=2))
        return
    typer.echo(as_text(made.record))
    for path in written:
        typer.echo(f"  {shown(path)}")


def _checked(
    photograph: Path | None,
    towards: Path | None,
    away: bool,
    among: list[Path] | None,
    chosen: AttackSettings,
    people: int | None,
) -> Path:
    """The photograph that is attacked, where the options belong together.

    Raises:
        UserError: they do not.
    """
    if photograph is None:
        raise UserError("give a photograph to attack, or a set of them by --set")
    if away == (towards is not None):
        raise UserError("give either a photograph or vector to go --towards, or --away")
    if among and chosen.objective != "softmax":
        raise UserError("--among names people of a softmax: give --objective softmax as well")
    if away and chosen.objective == "softmax" and not among:
        raise UserError("away from a person a softmax needs others to take the face for: give photographs by --among")
    if people is not None:
        raise UserError("--people belongs to --set: one photograph is of one person")
    for path in (photograph, towards, *(among or [])):
        if path is not None:
            refuse_folder(path)
    return photograph


def _refuse_of_one(*given: object) -> None:
    if any(one for one in given):
        raise UserError("with --set no photograph, --towards, --among, --face or --points is given: it is all attacked")


def _known(networks: Networks, defences: list[str], knowing: bool, encoder: str) -> Defence | None:
    """The defence that an attack on one photograph sees through; None for none.

    Raises:
        UserError: there are several, or one without --knowing.
    """
    if not defences and not knowing:
        return None
    if len(defences) != 1 or not knowing:
        raise UserError(
            "one photograph is attacked through one defence that the attack knows: give --knowing and one --defence; "
            "how well defences do is measured on a --set"
        )
    return defence_of(networks, defences[0], encoder)


def _aim(networks: Networks, towards: Path | None, among: list[Path], chosen: AttackSettings) -> Aim:
    others = dict[str, Tensor]()
    for number, path in enumerate(among, 2):
        opened = open_target(networks, path, chosen.encoder, others=say_others)
        others[f"{number}: {name_of(path)}"] = opened.target.embedding
    if towards is None:
        return Aim(people=others)
    target = open_target(networks, towards, chosen.encoder, others=say_others).target
    return Aim(target.record, {chosen.encoder: target.embedding, **target.held_out}, others)
