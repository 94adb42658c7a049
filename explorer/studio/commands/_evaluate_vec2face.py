"""`likeness evaluate vec2face`: replaced-pair verification, variety and figures 4 to 7 of Vec2Face-v2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.evaluation.accepting import Pairs, PairsError
from explorer.science.evaluation.feature_networks import ClassScores, lite0_classes
from explorer.science.evaluation.pictures import MULTI_SCALE_SIDE
from explorer.science.names import shown
from explorer.science.vec2face.generator import VectorToFace
from explorer.science.vec2face.record import Vec2FaceRecord
from explorer.studio import catalogue
from explorer.studio.catalogue.decoders import decoder_file, load_decoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, attacked_encoder, known_encoder, network_sha256
from explorer.studio.catalogue.vec2face import load_vec2face, read_vec2face, vec2face_file
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.commands._train_vec2face import PEOPLE, PICTURES
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.evaluation.orl import NAME as ORL
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.files import fitting_name
from explorer.studio.geometry.fit_numbers import file_digest
from explorer.studio.laboratory.paired_sets import PairedSet, paired_set
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.vec2face.figures import NUMBERS, Kind, backgrounds_figure, comparison_figure, shown_for
from explorer.studio.vec2face.material import Step, vector_material
from explorer.studio.vec2face.replaced import DECODER, SIMILAR_PAIRS, Draw, PairedFaces, replaced_table, table_text
from explorer.studio.vec2face.sources import DRAWN, named_parts, parts_of_set, words_of
from explorer.studio.versions import versions

KIND = "evaluation of Vec2Face"
_CLASSES = "efficientnet-lite0"


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("vec2face", no_args_is_help=True)(vec2face)


def vec2face(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help=f"{DRAWN} (those of the list who were not learnt from), orl, openpeople, a set of people or a folder "
            "that holds one for each person (people who are not of its training split), or the folder of LFW, CFP, "
            "CP-LFW, CALFW or AgeDB, by their own pairs.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder in which faces and vectors are kept.")],
    file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A generator; may be repeated. [default: the encoder's own]"),
    ] = None,
    encoder: Annotated[str, typer.Option(help="Whose vectors, where no file says it.")] = "arcface-mbf",
    matcher: Annotated[
        list[str] | None, typer.Option(help="An encoder that verifies; may be repeated. [default: all there are]")
    ] = None,
    decoder: Annotated[bool, typer.Option(help="Beside the encoder's decoder, the plain baseline.")] = True,
    people: Annotated[int, typer.Option(min=2, help="How many people are drawn.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=2, max=1000, help="Of each drawn person.")] = PICTURES,
    people_list: Annotated[
        Path | None, typer.Option("--list", help="The list of photoreal people. [default: the program's own]")
    ] = None,
    similar: Annotated[
        int, typer.Option(min=1, help="Between how many random pairs of results MS-SSIM is taken.")
    ] = SIMILAR_PAIRS,
    whole: Annotated[
        bool, typer.Option("--whole", help="Judge by all people of folders: nothing was learnt from them.")
    ] = False,
    figure: Annotated[
        list[str] | None,
        typer.Option(help="wild (figure 4), conditions (5), backgrounds (6) or people (7); may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for figures. [default: --work]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Verify people with one picture of each genuine pair replaced by what its vector is drawn as (tables II and III).

    Beside real pairs and the encoder's decoder; by the attacked encoder and by others, of which those that only judge
    took no part in anything. MS-SSIM is taken between 2,000 random pairs of results, at 176 px; the variety of classes
    by EfficientNet-Lite0, where it is there.
    """
    kinds = [_kind(one) for one in figure or []]
    generators = _generators(file, encoder)
    attacked = next(iter(generators.values()))[1].encoder
    matchers = _matchers(matcher, attacked)
    networks, ways = Networks(device), dict[str, Draw]()
    if decoder and decoder_file(attacked).exists():
        ways[DECODER] = load_decoder(attacked)[0].pictures
    ways |= {name: generator.to(networks.device).pictures for name, (generator, *_) in generators.items()}
    classes, private = _classes(), private_folder(work)
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                with bar(name) as step:
                    faces = _faces(
                        name,
                        networks,
                        [attacked, *matchers],
                        private,
                        _Drawn(people, pictures, people_list, whole),
                        step,
                    )
                with bar("judging") as step:
                    table = replaced_table(faces, attacked, matchers, ways, networks, classes, step, similar)
                result = table.model_dump(mode="json")
                done.records.append(result)
                if not as_json:
                    typer.echo(table_text(table))
                for kind in kinds:
                    drawn = _figure(kind, faces, attacked, networks, ways, generators, out or work)
                    result.setdefault("files", []).append(str(drawn))
                    if not as_json:
                        typer.echo(f"  {shown(drawn)}")


def _kind(given: str) -> Kind:
    kind = next((one for one in NUMBERS if one == given), None)
    if kind is None:
        raise UserError(f"--figure {given}: there are {', '.join(NUMBERS)}")
    return kind


Generators = Mapping[str, tuple[VectorToFace, Vec2FaceRecord, Path]]


def _generators(files: list[Path] | None, encoder: str) -> Generators:
    """The generators by what tables call them."""
    attacked_encoder(encoder)
    if not files:
        return {vec2face_file(encoder).stem: (*load_vec2face(encoder), vec2face_file(encoder))}
    found = {one.stem: (*load_vec2face(read_vec2face(one)[1].encoder, one), one) for one in files}
    if len(found) < len(files):
        raise UserError("two of the files have one name: tables could not tell them apart")
    whose = sorted({record.encoder for _, record, _ in found.values()})
    if len(whose) > 1:
        raise UserError(f"the files draw by vectors of {' and '.join(whose)}: judge those of one encoder at a time")
    return found


def _matchers(given: list[str] | None, attacked: str) -> list[str]:
    """Who verifies, the attacked encoder first where nobody is named."""
    # Those that only judge are switched on where they are there.
    present = present_encoders()
    names = [known_encoder(name).id for name in given] if given else [attacked, *present]
    return list(dict.fromkeys(names))


def _classes() -> dict[str, ClassScores]:
    try:
        return {_CLASSES: lite0_classes(catalogue.read(_CLASSES))}
    except catalogue.MissingNetwork:
        return {}


@dataclass(frozen=True)
class _Drawn:
    """Of a source that is no published set: as of `named_parts`, and whether all of its people judge."""

    people: int
    pictures: int
    list_file: Path | None
    whole: bool


def _faces(
    name: str,
    networks: Networks,
    encoders: list[str],
    work: Path,
    drawn: _Drawn,
    step: Step,
) -> PairedFaces:
    """A set's faces with their pairs; of people that a generator may have learnt from, none."""
    encoders, paired = list(dict.fromkeys(encoders)), _published(name)
    side = MULTI_SCALE_SIDE
    try:
        if paired is not None:
            material = vector_material([parts_of_set(paired.photographs)], encoders, networks, side, work, step)
            whole = paired.photographs.photographs
            pairs, _ = paired.pairs(tuple(whole[place] for place in material.place.tolist()))
            called, credit, listed = paired.photographs.name, paired.photographs.credit, paired.listed is not None
            return PairedFaces(called, material, pairs, paired.protocol, listed, credit)
        parts = named_parts(name, networks, drawn.people, drawn.pictures, drawn.list_file)
        material = vector_material([parts], encoders, networks, side, work, step)
        if not drawn.whole:
            material = material.only("calibration", "test")
        if not len(material):
            raise UserError(
                f"{shown(name)}: nobody is left who is not of its training split: give more people, or --whole"
            )
        return PairedFaces(words_of(name), material, Pairs(material.people.tolist()), "all pairs", listed=False)
    except PairsError as error:
        raise UserError(f"{shown(name)}: {error}") from error


def _published(name: str) -> PairedSet | None:
    """The set of a name that judges as a whole; None where only a part of it does."""
    if name in (ORL, OPENPEOPLE):
        return PairedSet(photograph_set(name))
    folder = Path(name)
    if name == DRAWN or not folder.is_dir() or (folder / "recipe.json").exists() or any(folder.glob("*.tar")):
        return None
    chosen = paired_set(name)
    return None if chosen.listed is None else chosen


def _figure(
    kind: Kind,
    faces: PairedFaces,
    attacked: str,
    networks: Networks,
    ways: Mapping[str, Draw],
    generators: Generators,
    out: Path,
) -> Path:
    faces_shown = shown_for(kind, faces.material, networks.recogniser(attacked))
    title = f"{faces.name}: vectors of {attacked}"
    if kind == "backgrounds":
        varying = {name: one for name, (one, *_) in generators.items() if one.varies}
        if not varying:
            raise UserError("--figure backgrounds: plain generators have none: give a file of another configuration")
        figure = backgrounds_figure(title, faces_shown, varying)
    else:
        figure = comparison_figure(title, faces_shown, ways)
    options = {"file": [file.name for _, _, file in generators.values()], "figure": kind}
    about = bare_record(
        kind=KIND,
        figure=f"figure {NUMBERS[kind]}",
        set=faces.name,
        generators={name: record.model_dump(mode="json") for name, (_, record, _) in generators.items()},
        command=command_record("evaluate vec2face", [faces.name], options),
        networks={attacked: network_sha256(known_encoder(attacked).network), **_digests(generators)},
        versions=versions(),
    )
    return save(figure, private_folder(out) / f"vec2face-{kind}-{fitting_name(faces.name)}.png", about)


def _digests(generators: Generators) -> dict[str, str]:
    return {name: file_digest(file) for name, (_, _, file) in generators.items()}
