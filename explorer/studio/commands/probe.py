"""`likeness probe PHOTO|VECTOR...`: read what an embedding gives away besides identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.readout import Origin, picture_origin
from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._objective import PRESET_HELP, WEIGHT_HELP, By, refuse_without_inversions
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.commands._vector_edit import BitsOption, DropOption, NoiseOption, NoiseSeedOption, vector_edit
from explorer.studio.commands._vectors import ENCODER_HELP, encoder_of
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.outputs import result_files

if TYPE_CHECKING:
    from explorer.science.leakage.read import ProbeSet
    from explorer.science.leakage.readout import MetricValue, Readout
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.commands._probe_by_reconstruction import ByReconstruction
    from explorer.studio.faces.values import Edits
    from explorer.studio.leakage.readings import Reading
    from explorer.studio.leakage.reconstructing import Subject

PANEL = "The inversions of --by reconstruction"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


@with_settings(InversionSettings, panel=PANEL)
def probe(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTO|VECTOR...", help="Photographs, or bare embeddings.")],
    settings: dict[str, Any],
    encoder: Annotated[str | None, typer.Option(help=ENCODER_HELP)] = None,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    probes_file: Annotated[
        Path | None,
        typer.Option("--probes", help="Read by the probes of this file, as `likeness train probes` writes it."),
    ] = None,
    noise: NoiseOption = 0.0,
    bits: BitsOption = None,
    drop: DropOption = 0.0,
    noise_seed: NoiseSeedOption = 0,
    by: Annotated[
        By,
        typer.Option(help="Also by reconstruction: off the faces that inversions make of the embedding alone."),
    ] = "vector",
    runs: Annotated[
        int | None, typer.Option(min=1, max=64, help="Inversions of each embedding, by reconstruction. [default: 1]")
    ] = None,
    preset: Annotated[str | None, typer.Option(help=PRESET_HELP, rich_help_panel=PANEL)] = None,
    weight: Annotated[list[str] | None, typer.Option(help=WEIGHT_HELP, rich_help_panel=PANEL)] = None,
    of: Annotated[
        Origin | None,
        typer.Option(
            help="What is read: a photograph, or a face that was generated. [default: generated where a file says that "
            "this program drew it, else photograph]"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the readouts to a .csv, .png, .svg or .pdf file; of one source.")
    ] = None,
    source_shown: Annotated[
        bool, typer.Option("--source/--no-source", help="Show the photograph in the figure.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, landmarks and histograms included.")] = False,
) -> None:
    """Read from an embedding alone whether its face smiles, wears glasses or a hat, its age, pose, landmarks, colours.

    A photograph is embedded first, and only the embedding is read. Beside each answer stands how good the probe is on
    photographs, then on unseen generated faces, each beside chance: what always answering the commonest label, or the
    mean, would measure. Probabilities are calibrated on photographs or on generated faces, whichever --of says it is
    of; what does not surely beat the base rate there says "cannot tell". --noise, --bits and --drop alter the embedding
    first, in this order.

    --by reconstruction inverts the embedding as well, as `likeness invert` does with the same settings, and says what
    image labellers see in the face that comes of it: beside the probes, and beside the photograph where there is one.
    Several --runs begin from other random starts each; their agreement gives the probability and its interval.
    """
    from explorer.studio.catalogue.networks import Networks, best_device
    from explorer.studio.catalogue.probes import load_probes, probes_encoder
    from explorer.studio.faces.values import Edits
    from explorer.studio.leakage.export import check_ending

    if out is not None and len(sources) > 1:
        raise UserError("--out takes the readouts of one source: give one photograph or embedding at a time")
    if out is not None:
        check_ending(out)
    asked = _by_reconstruction(by, runs, preset, weight, settings)
    edits = Edits(vector=vector_edit(noise, bits, drop, noise_seed))
    if probes_file is not None:
        encoder = encoder or probes_encoder(probes_file)
    if encoder is not None:
        load_probes(encoder, probes_file)
    placed = placed_points(points, sources, face)
    networks = Networks(best_device())
    with Sources(as_json=as_json) as all_sources:
        for source in sources:
            with all_sources.each(source):
                refuse_folder(source, "probe")
                named = encoder_of(source, encoder)
                probes = load_probes(named, probes_file)
                subject = _opened(networks, source, named, face, placed, with_frame=out is not None)
                subject = _of(subject, of)
                if asked is None:
                    done = _read_by_probes(networks, probes, subject, edits, out, source_shown)
                else:
                    done = _read_three_ways(networks, probes, subject, edits, out, source_shown, asked)
                all_sources.records.append(done.record)
                if not as_json:
                    done.say()
                    for path in done.written:
                        typer.echo(f"  {shown(path)}")


def _of(subject: Subject, said: Origin | None) -> Subject:
    """A subject that is what the user says or else what its file says, which is said then."""
    if said is None and subject.origin == "generated":
        say(
            f"{subject.record.name} says that this program drew its face: it is read as generated; choose otherwise by "
            "--of photograph"
        )
    return subject if said is None else replace(subject, origin=said)


@dataclass(frozen=True, eq=False)
class _Done:
    """What came of one source. say: prints it. written: files."""

    record: dict[str, Any]
    say: Callable[[], object]
    written: list[Path]


def _read_by_probes(
    networks: Networks, probes: ProbeSet, subject: Subject, edits: Edits, out: Path | None, source_shown: bool
) -> _Done:
    from explorer.studio.export.drawings import ReadoutsSpec
    from explorer.studio.faces.edits import altered_vector
    from explorer.studio.leakage.export import export_readings
    from explorer.studio.leakage.reading import compared, read_vector
    from explorer.studio.leakage.readings import FaceRead

    name, sha256, encoder = subject.record.name, subject.record.sha256, subject.record.encoder
    before = now = read_vector(networks, probes, encoder, subject.vector, subject.frame, subject.origin)
    if edits.changes:
        altered = altered_vector(subject.vector, edits.vector)
        read_again = read_vector(networks, probes, encoder, altered, subject.frame, subject.origin)
        now = compared(networks, read_again, subject.vector, "")
    written: list[Path] = []
    if out is not None:
        read = FaceRead(name, encoder, edits, before, now)
        drawing = ReadoutsSpec(source=source_shown)
        with result_files(out) as result:
            file = result.folder / out.name
            files = export_readings(file, read, name=name, sha256=sha256, face=subject.face, drawing=drawing)
        written = result.settled(files)
    return _Done(_record(subject, edits, now), lambda: _say(name, encoder, edits, now), written)


def _read_three_ways(
    networks: Networks,
    probes: ProbeSet,
    subject: Subject,
    edits: Edits,
    out: Path | None,
    source_shown: bool,
    asked: ByReconstruction,
) -> _Done:
    from explorer.studio.commands._probe_by_reconstruction import say_three_ways, three_ways_json
    from explorer.studio.leakage.reading import compared

    altered = subject.altered(edits.vector)
    three = asked.read(networks, probes, altered)
    now = compared(networks, three.vector, subject.vector, "") if edits.changes else three.vector
    written: list[Path] = []
    if out is not None:
        with result_files(out) as result:
            files = asked.write(result.folder / out.name, three, altered, source_shown)
        written = result.settled(files)

    def say() -> None:
        _say_head(subject.record.name, subject.record.encoder, edits, now)
        say_three_ways(three)

    return _Done(_record(subject, edits, now) | three_ways_json(three), say, written)


def _by_reconstruction(
    by: By, runs: int | None, preset: str | None, weight: list[str] | None, settings: dict[str, Any]
) -> ByReconstruction | None:
    """How faces are made and read; None where only the probes read.

    Raises:
        UserError: what belongs to inversions was given without them, or the photograph would guide them.
    """
    from explorer.studio.commands._objective import configured
    from explorer.studio.commands._probe_by_reconstruction import ByReconstruction
    from explorer.studio.leakage.reconstructing import settings_of_runs

    refuse_without_inversions(by, settings | {"runs": runs, "preset": preset, "weight": weight or None})
    if by == "reconstruction":
        chosen = configured(preset or "default", settings, weight)
        settings_of_runs(chosen, runs or 1)
        return ByReconstruction(chosen, runs or 1)
    return None


def _opened(
    networks: Networks,
    source: Path,
    encoder: str,
    face: int | None,
    points: list[tuple[float, float]] | None,
    *,
    with_frame: bool,
) -> Subject:
    from explorer.science.evaluation.scoring import embed_face
    from explorer.science.faces.alignment import crop_frame
    from explorer.studio.faces.vector_encoder import open_vector
    from explorer.studio.inversion.record import TargetRecord
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.leakage.reconstructing import Subject

    if is_vector_file(source):
        bare = open_vector(source, encoder)
        return Subject(TargetRecord.of_vector(bare.name, bare.sha256, encoder, bare.vector), bare.vector)
    photograph, chosen = open_photograph(networks, source, face, points, say_others)
    embedding = embed_face(networks.recogniser(encoder), photograph, chosen).numpy()
    frame = crop_frame(photograph, chosen).frame if with_frame else None
    record = TargetRecord.of_face(photograph, chosen, encoder, embedding)
    return Subject(record, embedding, photograph, chosen, frame, picture_origin(photograph))


def _record(subject: Subject, edits: Edits, now: Reading) -> dict[str, Any]:
    """What `--json` says of one source: what was done to the embedding, how near it stayed, and what was read."""
    from explorer.studio.catalogue.probes import readout_record

    near = now.nearness
    return {
        "source": subject.record.name,
        "sha256": subject.record.sha256,
        "encoder": subject.record.encoder,
        "vector_edit": edits.vector.model_dump(mode="json") if edits.changes else None,
        "nearness": None if near is None else near.model_dump(mode="json"),
        "readouts": [readout_record(one) for one in now.readouts],
    }


def _say(name: str, encoder: str, edits: Edits, reading: Reading) -> None:
    from explorer.science.leakage.readout import CHANCE_IS, calibration_sentences, vague_sentences

    readouts = reading.readouts
    _say_head(name, encoder, edits, reading)
    for one in readouts:
        typer.echo(f"  {one.title:<11} {_answer(one)}")
        for where, quality in _measured(one):
            typer.echo(f"  {'':<11}   on {where}: {'not measured' if quality is None else quality.words()}")
    typer.echo(f"  {CHANCE_IS}")
    for reason in vague_sentences(readouts):
        typer.echo(f"  {reason}")
    typer.echo(f"  Labels by {', '.join(dict.fromkeys(one.labeller for one in readouts))}.")
    for sentence in calibration_sentences(readouts):
        typer.echo(f"  {sentence}.")
    fitted = dict.fromkeys(one.fitted_on for one in readouts if one.fitted_on)
    for words in fitted:
        which = "" if len(fitted) == 1 else f" ({', '.join(one.title for one in readouts if one.fitted_on == words)})"
        typer.echo(f"  {words[0].upper()}{words[1:]}{which}.")


def _measured(one: Readout) -> list[tuple[str, MetricValue | None]]:
    """How good an answer is and where, photographs first."""
    calibrated = [("photographs", one.skill)] if one.skill is not None else []
    return [*calibrated, ("openpeople" if calibrated else "photographs", one.portraits), ("generated faces", one.test)]


def _say_head(name: str, encoder: str, edits: Edits, reading: Reading) -> None:
    """Whose vector is read, and how it was altered."""
    from explorer.science.evaluation.score import verdict, without_statistics

    near = reading.nearness
    typer.echo(f"{name}, as {encoder} sees it")
    if near is not None:
        said = (
            without_statistics(near.encoder) if near.passes is None else verdict(near.measure, near.passes, whole=True)
        )
        typer.echo(f"  altered: {edits.words()}; {near.measure} to the unaltered one {near.score:.3f}, {said}")


def _answer(readout: Readout) -> str:
    from explorer.science.leakage.readout import CANNOT_TELL

    if readout.hidden:
        return CANNOT_TELL
    # Of landmarks and colours there is no answer in words.
    said = readout.text if isinstance(readout.value, str | float) else ""
    if readout.probability is not None and readout.usual is not None:
        said += f", {100 * readout.probability:.0f} % ({100 * readout.usual:.0f} % of the calibration faces)"
    elif readout.margin is not None:
        said += f", nine in ten within {readout.margin:.1f} {readout.unit}"
    said = said.removeprefix(", ")
    return f"{CANNOT_TELL}: {said}" if readout.tells is False else said
