"""`likeness invert PHOTO|VECTOR... --out DIR`: an embedding back into a face, with figure, scores and record."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.evaluation.score import EncoderScore, verdict, without_statistics
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.inversion.settings import InversionSettings
from explorer.science.names import name_of, shown
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._blackbox import (
    AnewOption,
    AttackOption,
    BlackBoxOption,
    BoxOptions,
    CommandOption,
    FeedOption,
    MeasureOption,
    QueriesOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
    WhiteOption,
    attack_settings,
    refuse_without_black_box,
)
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._invert_blackbox import invert_blackbox
from explorer.studio.commands._invert_decoder import Choice, Method, decode_each, refuse_search
from explorer.studio.commands._objective import PresetOption, WeightOption, configured
from explorer.studio.commands._running import chosen_device, run_with_progress
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.commands._standing import name_width, threshold_lines
from explorer.studio.commands._vector_edit import BitsOption, DropOption, NoiseOption, NoiseSeedOption, vector_edit
from explorer.studio.commands._vectors import encoder_of
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import FigureSpec, FilmSpec, ImageSpec
from explorer.studio.export.provenance import write_sidecar
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.decoding import run_decoder, run_vec2face
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import FinishedInversion, run_inversion
from explorer.studio.inversion.targets import OpenedTarget, altered_target, open_target
from explorer.studio.inversion.values import starts_in_words
from explorer.studio.outputs import as_folder, result_folder

MP4_SIDE = 512


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("invert", no_args_is_help=True)(invert)


@with_settings(InversionSettings)
def invert(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTO|VECTOR...", help="Photographs, or bare embeddings.")],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results; one folder inside it for each source.")],
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    preset: PresetOption = "default",
    weight: WeightOption = None,
    figure: Annotated[str, typer.Option(help="Formats of the figure, of png, svg and pdf.")] = "png",
    figure_width: Annotated[
        float, typer.Option(min=60, max=400, help="Width of the figure in mm; 88 suits a single column.")
    ] = 180,
    film: Annotated[str | None, typer.Option(help="Also a convergence film: mp4 or gif.")] = None,
    source_shown: Annotated[bool, typer.Option("--source/--no-source", help="Show the photograph or vector.")] = True,
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    noise: NoiseOption = 0.0,
    bits: BitsOption = None,
    drop: DropOption = 0.0,
    noise_seed: NoiseSeedOption = 0,
    keep_latent: Annotated[
        bool, typer.Option(help="Also write every step's latent, and the result's into the figures (biometric data).")
    ] = False,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the runs' records as JSON.")] = False,
    blackbox: BlackBoxOption = None,
    command: CommandOption = None,
    feed: FeedOption = None,
    attack: AttackOption = None,
    queries: QueriesOption = None,
    white: WhiteOption = None,
    measure: MeasureOption = None,
    rate: RateOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = None,
    ask_anew: AnewOption = False,
    method: Annotated[
        Method,
        typer.Option(
            help="search the latent, decoder for the instant picture of the encoder's decoder, vec2face for that of "
            "its generator, or photograph to invert the photograph itself into W+."
        ),
    ] = "search",
    vec2face: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The generator of --method vec2face. [default: the encoder's]")
    ] = None,
    background: Annotated[
        int | None, typer.Option(min=0, help="Seed of what a vector does not say, of --method vec2face. [default: 0]")
    ] = None,
    decoded_starts: Annotated[
        bool, typer.Option("--decoded-starts", help="Also try the starts that look most like the decoded picture.")
    ] = False,
) -> None:
    """Turn the identity embedding of a photograph, or a bare embedding, back into a face.

    A bare embedding (.npy, .npz, .safetensors, .csv, .txt, .json) is of the encoder that its file or the record beside
    it names, or else of --encoder. For each source the folder gets result.png,
    figure.*, run.json and, where asked for, film.* and latents.safetensors. --noise, --bits and --drop alter the
    embedding first, in this order; held-out encoders judge by the photograph as it is. A folder that holds an earlier
    result is left as it is: the new one gets a number.

    With --method photograph the photograph's face itself is inverted, from the answer of the encoder into W+ where one
    was trained (`likeness train wplus-encoder`), and badged so: what the vector's own inversion lacks beside it, the
    vector does not hold.

    With --method decoder or vec2face nothing is searched: the folder gets the picture as result.png, and run.json.

    With --blackbox or --command an encoder is attacked that gives nothing but embeddings, with so many queries; a bare
    embedding is then of that encoder, and the folder gets result.png, nearest.png and run.json.
    """
    if method == "photograph" and preset != "default":
        raise UserError(f"--preset {preset} is of embeddings: leave it out, or leave --method photograph out")
    chosen = configured(PHOTOGRAPH if method == "photograph" else preset, settings, weight)
    box = BoxOptions(blackbox, command, feed, rate, timeout, retries, ask_anew)
    if box.is_asked:
        others = {"film": film, "noise": noise, "bits": bits, "drop": drop, "keep_latent": keep_latent}
        others |= {"method": method != "search", "decoded_starts": decoded_starts}
        given = {*settings, *(name for name, value in others.items() if value)}
        attacked = attack_settings(chosen, given, attack, queries, white, measure)
        networks, placed = Networks(chosen_device(device)), placed_points(points, sources, face)
        invert_blackbox(sources, box, attacked, out, networks, face=face, placed=placed, mark=mark, as_json=as_json)
        return
    of_a_box = {"feed": feed, "rate": rate, "timeout": timeout, "retries": retries, "ask_anew": ask_anew}
    refuse_without_black_box(of_a_box | {"attack": attack, "queries": queries, "white": white, "measure": measure})
    edit = vector_edit(noise, bits, drop, noise_seed)
    if method != "vec2face" and (vec2face is not None or background is not None):
        raise UserError("--vec2face and --background are of --method vec2face: give that, too")
    if method in ("decoder", "vec2face"):
        searched = {"preset": preset != "default", "weight": weight, "film": film, "keep_latent": keep_latent}
        refuse_search({**settings, **searched, "figure": figure != "png", "decoded_starts": decoded_starts}, method)
        drawn = partial(run_vec2face, file=vec2face, background=background or 0)
        draw = run_decoder if method == "decoder" else drawn
        placed, networks = placed_points(points, sources, face), Networks(chosen_device(device))
        choice = Choice(face, placed, mark, as_json)
        decode_each(sources, settings.get("encoder"), edit, out, networks, choice, draw)
        return
    formats = figure_formats(figure)
    if film not in (None, "mp4", "gif"):
        raise UserError(f"a film is mp4 or gif, not {film}")
    placed = placed_points(points, sources, face)
    attacked_encoder(chosen.encoder)
    as_folder(out)
    networks = Networks(chosen_device(device))
    say_missing_encoders()
    drawing = FigureSpec(width=figure_width, source=source_shown, mark=mark)
    with Sources(as_json=as_json) as done:
        for source in sources:
            with done.each(source):
                refuse_folder(source, "invert")
                own = _for(source, chosen, settings)
                with result_folder(out / fitting_name(shown(source.stem)), say) as result:
                    target = open_target(networks, source, own.encoder, face, placed, say_others)
                    opened = altered_target(target, edit)
                    running = run_inversion(networks, opened.target, own, decoded=decoded_starts)
                    finished = run_with_progress(running, name_of(source), own)
                    files = _write(networks, opened, finished, result.folder, formats, film, drawing, keep_latent)
                written = result.settled(files)
                done.records.append(finished.run.model_dump(mode="json") | {"files": [str(path) for path in written]})
                if not as_json:
                    _report(finished, written)


def _for(source: Path, chosen: InversionSettings, settings: dict[str, Any]) -> InversionSettings:
    """The configuration for a source: an embedding's file or record names its encoder where --encoder does not."""
    return chosen.model_copy(update={"encoder": encoder_of(source, settings.get("encoder"))})


def _write(
    networks: Networks,
    opened: OpenedTarget,
    finished: FinishedInversion,
    folder: Path,
    formats: list[str],
    film: str | None,
    drawing: FigureSpec,
    keep_latent: bool,
) -> list[Path]:
    vector = opened.target.embedding.numpy() if opened.frame is None else None
    latent = finished.latent if keep_latent else None
    drawn = DrawnRun(finished.run, finished.latents, finished.native, opened.frame, vector, latent)
    written = [
        *write_run(folder / "result.png", ImageSpec(mark=drawing.mark), networks, drawn),
        atomic_write(folder / "run.json", finished.run.model_dump_json(indent=2).encode()),
    ]
    for kind in formats:
        written += write_run(folder / f"figure.{kind}", drawing, networks, drawn)
    if film is not None:
        # A film of a few megabytes either way: H.264 keeps large pictures small, and a GIF does not.
        size = {"side": MP4_SIDE} if film == "mp4" else {}
        filming = FilmSpec(source=drawing.source, mark=drawing.mark, **size)
        written += _filmed(folder / f"film.{film}", filming, networks, drawn)
    if keep_latent:
        latents = _write_latents(folder / "latents.safetensors", finished)
        written += [latents, write_sidecar(latents, provenance(finished.run))]
    return written


def _filmed(path: Path, drawing: FilmSpec, networks: Networks, drawn: DrawnRun) -> tuple[Path, ...]:
    quiet = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("film")
        return write_run(
            path, drawing, networks, drawn, lambda done, total: progress.update(task, completed=done, total=total)
        )


def _write_latents(path: Path, finished: FinishedInversion) -> Path:
    from safetensors.torch import save as encode

    return atomic_write(path, encode({"latents": torch.stack(finished.latents), "result": finished.latent}))


def _starts(run: InversionRun) -> str:
    if run.branch is not None:
        return f"from step {run.branch.step} of an earlier run"
    if run.begun_from in ("photograph", "mean"):
        return "from the encoder's answer" if run.begun_from == "photograph" else "from the mean face"
    won = ""
    if run.proposed_starts:
        won = f", won by {'a proposed one' if run.begun_from == 'regressor' else 'a random one'}"
    return f"{starts_in_words(run.settings.starts, run.proposed_starts)} in {run.starts_seconds:.1f} s{won}"


def _worth(score: EncoderScore) -> str:
    standing = score.standing
    if standing is None:
        return without_statistics(score.encoder)
    fmr = f"below {standing.fmr_resolution:.0e}" if standing.fmr == 0 else f"{standing.fmr:.1e}"
    rank = f"rank {standing.rank} of {standing.gallery + 1}"
    return f"threshold {standing.threshold:6.3f}  {verdict(score.measure, standing.passes)}  FMR {fmr}  {rank}"


def _report(finished: FinishedInversion, written: list[Path]) -> None:
    run = finished.run
    typer.echo(
        f"{run.target.name}: {run.steps[-1].index} steps in {run.seconds:.0f} s ({_starts(run)}), "
        f"best at step {run.best_index}, stopped by {run.stopped_by}"
    )
    width = name_width(run.scores)
    for score in run.scores:
        role = "attacked" if score.attacked else "held out"
        word = "cosine" if score.measure == "cosine" else "distance"
        typer.echo(f"  {score.encoder:{width}} {role:8}  {word:8} {score.score:6.3f}  {_worth(score)}")
    for line in threshold_lines(run.scores, rank=True):
        typer.echo(line)
    if not run.result_face_found:
        typer.echo("  no face was found in the result; it could not be scored")
    for path in written:
        typer.echo(f"  {shown(path)}")
