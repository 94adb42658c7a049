"""`likeness probe PHOTO|VECTOR...`: read what an embedding gives away besides identity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._sources import Sources, refuse_folder, say_others
from explorer.studio.commands._vector_edit import BitsOption, DropOption, NoiseOption, NoiseSeedOption, vector_edit
from explorer.studio.commands._vectors import ENCODER_HELP, encoder_of
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.outputs import result_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.science.faces.face import Face
    from explorer.science.leakage.readout import Readout
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.faces.values import Edits
    from explorer.studio.leakage.readings import Reading


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


def probe(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTO|VECTOR...", help="Photographs, or bare embeddings.")],
    encoder: Annotated[str | None, typer.Option(help=ENCODER_HELP)] = None,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    noise: NoiseOption = 0.0,
    bits: BitsOption = None,
    drop: DropOption = 0.0,
    noise_seed: NoiseSeedOption = 0,
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
    mean, would measure. A probe that is not clearly better than chance on photographs says "cannot tell". --noise,
    --bits and --drop alter the embedding first, in this order.
    """
    from explorer.studio.catalogue.networks import Networks, best_device
    from explorer.studio.catalogue.probes import load_probes, readout_record
    from explorer.studio.export.drawings import ReadoutsSpec
    from explorer.studio.faces.edits import altered_vector
    from explorer.studio.faces.values import Edits
    from explorer.studio.leakage.export import check_ending, export_readings
    from explorer.studio.leakage.reading import compared, read_vector
    from explorer.studio.leakage.readings import FaceRead

    if out is not None and len(sources) > 1:
        raise UserError("--out takes the readouts of one source: give one photograph or embedding at a time")
    if out is not None:
        check_ending(out)
    edits = Edits(vector=vector_edit(noise, bits, drop, noise_seed))
    if encoder is not None:
        load_probes(encoder)
    placed = placed_points(points, sources, face)
    networks = Networks(best_device())

    def work(source: Path) -> None:
        refuse_folder(source, "probe")
        named = encoder_of(source, encoder)
        probes = load_probes(named)
        opened = _opened(networks, source, named, face, placed, with_frame=out is not None)
        before = now = read_vector(networks, probes, named, opened.vector, opened.frame)
        if edits.changes:
            altered = altered_vector(opened.vector, edits.vector)
            now = compared(networks, read_vector(networks, probes, named, altered, opened.frame), opened.vector, "")
        written: list[Path] = []
        if out is not None:
            read = FaceRead(opened.name, named, edits, before, now)
            drawing = ReadoutsSpec(source=source_shown)
            with result_files(out) as result:
                file = result.folder / out.name
                files = export_readings(
                    file, read, name=opened.name, sha256=opened.sha256, face=opened.face, drawing=drawing
                )
            written = result.settled(files)
        record = {"source": opened.name, "sha256": opened.sha256, "encoder": named} | _alteration(edits, now)
        all_sources.records.append(record | {"readouts": [readout_record(one) for one in now.readouts]})
        if not as_json:
            _say(opened.name, named, edits, now)
            for path in written:
                typer.echo(f"  {shown(path)}")

    with Sources(as_json=as_json) as all_sources:
        for source in sources:
            with all_sources.each(source):
                work(source)


@dataclass(frozen=True, eq=False)
class _Opened:
    """What is read. vector: (D,). face: None of a bare embedding.

    frame: (1024, 1024, 3), the face in the common frame where that was asked for.
    """

    name: str
    sha256: str
    vector: NDArray[np.float32]
    face: Face | None = None
    frame: NDArray[np.uint8] | None = None


def _opened(
    networks: Networks,
    source: Path,
    encoder: str,
    face: int | None,
    points: list[tuple[float, float]] | None,
    *,
    with_frame: bool,
) -> _Opened:
    from explorer.science.evaluation.scoring import embed_face
    from explorer.science.faces.alignment import crop_frame
    from explorer.studio.faces.vector_encoder import open_vector
    from explorer.studio.inversion.targets import open_photograph

    if is_vector_file(source):
        bare = open_vector(source, encoder)
        return _Opened(bare.name, bare.sha256, bare.vector)
    photograph, chosen = open_photograph(networks, source, face, points, say_others)
    embedding = embed_face(networks.recogniser(encoder), photograph, chosen).numpy()
    frame = crop_frame(photograph, chosen).frame if with_frame else None
    return _Opened(photograph.name, photograph.sha256, embedding, chosen, frame)


def _alteration(edits: Edits, now: Reading) -> dict[str, Any]:
    """What was done to the embedding, and how near it stayed; null where nothing was done."""
    near = now.nearness
    return {
        "vector_edit": edits.vector.model_dump(mode="json") if edits.changes else None,
        "nearness": None if near is None else near.model_dump(mode="json"),
    }


def _say(name: str, encoder: str, edits: Edits, reading: Reading) -> None:
    from explorer.science.evaluation.score import verdict, without_statistics
    from explorer.science.leakage.readout import CHANCE_IS

    readouts, near = reading.readouts, reading.nearness
    typer.echo(f"{name}, as {encoder} sees it")
    if near is not None:
        said = (
            without_statistics(near.encoder) if near.passes is None else verdict(near.measure, near.passes, whole=True)
        )
        typer.echo(f"  altered: {edits.words()}; {near.measure} to the unaltered one {near.score:.3f}, {said}")
    for one in readouts:
        typer.echo(f"  {one.title:<11} {_answer(one)}")
        for where, quality in (("photographs", one.portraits), ("generated faces", one.test)):
            typer.echo(f"  {'':<11}   on {where}: {'not measured' if quality is None else quality.words()}")
    typer.echo(f"  {CHANCE_IS}")
    if any(one.tells is False for one in readouts):
        typer.echo("  Cannot tell: on photographs the 95 % interval, by person, does not lie clear of chance.")
    typer.echo(f"  Labels by {', '.join(dict.fromkeys(one.labeller for one in readouts))}.")
    typer.echo(f"  Calibrated on {readouts[0].calibrated_on}.")


def _answer(readout: Readout) -> str:
    from explorer.science.leakage.readout import CANNOT_TELL

    # Of landmarks and colours there is no answer in words.
    said = readout.text if isinstance(readout.value, str | float) else ""
    if readout.probability is not None and readout.usual is not None:
        said += f", {100 * readout.probability:.0f} % ({100 * readout.usual:.0f} % of the calibration faces)"
    elif readout.margin is not None:
        said += f", nine in ten within {readout.margin:.1f} {readout.unit}"
    said = said.removeprefix(", ")
    return f"{CANNOT_TELL}: {said}" if readout.tells is False else said
