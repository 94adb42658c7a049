"""`likeness train vec2face`: a generator that turns a vector into a face in one pass (Vec2Face-v2, section V)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from explorer.science.names import shown
from explorer.science.training.loop import Compute
from explorer.science.training.vec2face import Vec2FaceProgress, VectorFaces, train_vec2face
from explorer.science.vec2face.record import Vec2FaceRecord
from explorer.science.vec2face.settings import CONFIGURATIONS, Configuration, Vec2FaceSettings
from explorer.studio.catalogue.networks import Networks, attacked_encoder, network_sha256
from explorer.studio.catalogue.vec2face import save_vec2face, vec2face_file, vec2face_name
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.places import private_folder
from explorer.studio.vec2face.material import vector_material
from explorer.studio.vec2face.sources import DRAWN, named_parts, words_of
from explorer.studio.vec2face.teaching import Taught, teaching_of

PEOPLE, PICTURES = 300, 8
STUDENT, METRIC = "student.onnx", "metric.safetensors"


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("vec2face", no_args_is_help=True)(vec2face)


@with_settings(Vec2FaceSettings, panel="Recipe")
def vec2face(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help=f"{DRAWN} (drawn from the list of photoreal people), a set that `likeness people set` wrote, a "
            "corpus's folder, CASIA-WebFace's, or one that holds a folder for each person.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder for faces and checkpoints.")],
    settings: dict[str, Any],
    encoder: Annotated[str, typer.Option(help="Whose vectors.")] = "arcface-mbf",
    configuration: Annotated[
        Configuration | None,
        typer.Option(help="Of table II: generator and terms; what is given besides goes before it."),
    ] = None,
    black_box: Annotated[
        bool, typer.Option("--black-box", help="Use no slope of the encoder: compare by its student in its place.")
    ] = False,
    student: Annotated[
        Path | None, typer.Option(help=f"The student, of --black-box. [default: {STUDENT} in --work]")
    ] = None,
    metric: Annotated[Path | None, typer.Option(help=f"The bijective metric. [default: {METRIC} in --work]")] = None,
    people: Annotated[int, typer.Option(min=2, help="How many people are drawn.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help="Of each drawn person.")] = PICTURES,
    people_list: Annotated[
        Path | None, typer.Option("--list", help="The list of photoreal people. [default: the program's own]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write. [default: vec2face-ENCODER-CONFIGURATION in --work]")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it as the encoder's own, which `likeness invert` takes.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a generator from an encoder's vectors to faces against a critic, and write it and its card.

    It grows from 4 px on, a new scale fading in; pictures of the training split of people are learnt from, the others
    are left for `likeness evaluate vec2face`. Can be interrupted; the same command goes on from its last checkpoint.
    """
    chosen = chosen_generator(configuration, settings)
    attacked = attacked_encoder(encoder).id
    if student is not None and not black_box:
        raise UserError("--student is compared by in place of the encoder: give --black-box with it")
    if out is not None and keep:
        raise UserError("give either --out or --keep, not both")
    networks = Networks(device)
    private_folder(work)
    by = (student or work / STUDENT) if black_box else None
    taught = teaching_of(networks, attacked, chosen, by, metric or work / METRIC)
    sources = [named_parts(name, networks, people, pictures, people_list) for name in sets]
    with bar("faces") as step:
        material = vector_material(sources, [attacked], networks, chosen.resolution, work, step)
    faces = material.only("train").taught(attacked)
    made = _trained(faces, chosen, taught, work, device)
    record = Vec2FaceRecord(
        settings=chosen,
        encoder=attacked,
        dimension=faces.vectors.shape[1],
        network=network_sha256(attacked_encoder(attacked).network),
        configuration=letter_of(chosen),
        black_box=black_box,
        taught_by=taught.taught_by,
        metric=taught.metric,
        learnt_from=_words(sets, faces),
        faces=len(faces),
        people=len(faces.people.unique()),
        digest=faces.digest(),
        losses=dict(made.losses),
    )
    file = vec2face_file(attacked) if keep else out or work / f"{_called(record)}.safetensors"
    written = save_vec2face(made.generator, record, _options(record, sets, settings, people, pictures), file)
    typer.echo(f"{shown(written)}: {made.steps} steps, {record.faces} faces of {record.people} people")


def chosen_generator(configuration: Configuration | None, given: dict[str, Any]) -> Vec2FaceSettings:
    """The settings of a configuration of table II with what was given.

    Raises:
        UserError: a value is out of range.
    """
    names = ("generator", "distill", "biject")
    preset = {} if configuration is None else dict(zip(names, CONFIGURATIONS[configuration], strict=True))
    try:
        return Vec2FaceSettings.model_validate(preset | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc'])) or 'resolution'}: {first['msg']}") from error


def letter_of(settings: Vec2FaceSettings) -> Configuration | None:
    """Which configuration of table II the settings are; None where they are none."""
    own = settings.generator, settings.distill, settings.biject
    return next((name for name, one in CONFIGURATIONS.items() if one == own), None)


def _called(record: Vec2FaceRecord) -> str:
    letter = "" if record.configuration is None else f"-{record.configuration}"
    return f"{vec2face_name(record.encoder)}{letter}{'-black-box' if record.black_box else ''}"


def _trained(
    faces: VectorFaces, settings: Vec2FaceSettings, taught: Taught, work: Path, device: str
) -> Vec2FaceProgress:
    about = f"{settings.model_dump_json()} {faces.digest()} {taught.teaching.key}"
    key, made = hashlib.sha256(about.encode()).hexdigest()[:12], None
    with bar("steps") as step:
        for made in train_vec2face(faces, settings, taught.teaching, work / f"vec2face-{key}.pt", Compute.on(device)):
            step(made.steps, settings.scales * settings.steps)
    assert made is not None, "it yields before the first step"
    return made


def _words(sets: Sequence[str], faces: VectorFaces) -> str:
    return (
        f"{len(faces):,} pictures of {len(faces.people.unique()):,} people of the training split of "
        f"{', '.join(map(words_of, sets))}"
    )


def _options(record: Vec2FaceRecord, sets: Sequence[str], given: dict[str, Any], people: int, pictures: int) -> str:
    """What the command was given, as options."""
    letter = record.configuration
    said = [f" {name if name == DRAWN else 'FOLDER'}" for name in sets]
    said += [f" --people {people} --pictures {pictures}"] if DRAWN in sets else []
    said += [f" --encoder {record.encoder}", f" --configuration {letter}" if letter else ""]
    said += [" --black-box"] if record.black_box else []
    settled = {"generator", "distill", "biject"} if letter else set()
    for name, value in given.items():
        if name not in settled:
            flag = name.replace("_", "-")
            said.append(f" --{flag} {value}" if not isinstance(value, bool) else f" --{'' if value else 'no-'}{flag}")
    return "".join(said)
