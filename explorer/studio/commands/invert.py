"""`likeness invert PHOTO|VECTOR... --out DIR`: an embedding back into a face, with figure, scores and record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.progress import track

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS
from explorer.studio import places
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._running import chosen_device, run_with_progress
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._vector_edit import BitsOption, DropOption, NoiseOption, NoiseSeedOption, vector_edit
from explorer.studio.errors import UserError
from explorer.studio.figures.film import FilmFrame, FilmOptions, write_film
from explorer.studio.figures.inversion_figure import FigureOptions, draw_inversion
from explorer.studio.figures.lettering import badged, marked
from explorer.studio.figures.page import FORMATS, save
from explorer.studio.figures.provenance import png_bytes, provenance, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.inverting import FinishedInversion, run_inversion
from explorer.studio.networks import Networks
from explorer.studio.picturing import run_images, run_pictures, shown_steps, step_picture
from explorer.studio.session.run import InversionRun
from explorer.studio.targets import OpenedTarget, altered_target, open_target


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
    preset: Annotated[str, typer.Option(help=f"Weights and forms to begin with: {', '.join(PRESETS)}.")] = "default",
    weight: Annotated[list[str] | None, typer.Option(help="A loss term's weight, as identity=1.")] = None,
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
    keep_latent: Annotated[bool, typer.Option(help="Also write every step's latent (biometric data).")] = False,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the runs' records as JSON.")] = False,
) -> None:
    """Turn the identity embedding of a photograph, or a bare embedding, back into a face.

    A bare embedding (.npy, .csv, .json) is taken for one of --encoder. For each source the folder gets result.png,
    figure.*, run.json and, where asked for, film.* and latents.safetensors. --noise, --bits and --drop alter the
    embedding first, in this order; held-out encoders judge by the photograph as it is.
    """
    configured = _configured(preset, settings, _weights(weight or []))
    edit = vector_edit(noise, bits, drop, noise_seed)
    formats = _formats(figure)
    if film not in (None, "mp4", "gif"):
        raise UserError(f"a film is mp4 or gif, not {film}")
    placed = placed_points(points, sources, face)
    networks = Networks(chosen_device(device))
    records = []
    options = FigureOptions(width=figure_width, source=source_shown, mark=mark)
    for source, folder in zip(sources, _folders(sources, out), strict=True):
        with places.output_folder(folder):
            opened = altered_target(open_target(networks, source, configured.encoder, face, placed), edit)
            finished = run_with_progress(run_inversion(networks, opened.target, configured), source.name, configured)
            written = _write(networks, opened, finished, folder, formats, film, options, keep_latent)
        records.append(finished.run.model_dump(mode="json") | {"files": [str(path) for path in written]})
        if not as_json:
            _report(finished, written)
    if as_json:
        typer.echo(json.dumps(records, indent=2))


def _configured(preset: str, settings: dict[str, Any], weights: dict[str, float]) -> InversionSettings:
    """What was given by name goes before the preset."""
    if preset not in PRESETS:
        raise UserError(f"--preset {preset}: there are {', '.join(PRESETS)}")
    chosen = PRESETS[preset]
    return InversionSettings(**{**chosen.settings, **settings}, weights={**chosen.weights, **weights})


def _weights(given: list[str]) -> dict[str, float]:
    weights = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in TERMS:
            raise UserError(f"--weight {one}: no loss term called {name!r}; there are {', '.join(TERMS)}")
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise UserError(f"--weight {one}: give a number, as {name}=0.5") from error
    return weights


def _formats(given: str) -> list[str]:
    formats = [part.strip().lower() for part in given.split(",")]
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        raise UserError(f"no figure format called {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return formats


def _folders(sources: list[Path], out: Path) -> list[Path]:
    """One folder a source, by its name; numbered where names repeat."""
    names: list[str] = []
    for source in sources:
        name, count = source.stem, 1
        while name in names:
            count += 1
            name = f"{source.stem}-{count}"
        names.append(name)
    return [out / name for name in names]


def _write(
    networks: Networks,
    opened: OpenedTarget,
    finished: FinishedInversion,
    folder: Path,
    formats: list[str],
    film: str | None,
    options: FigureOptions,
    keep_latent: bool,
) -> list[Path]:
    run, record = finished.run, provenance(finished.run)
    vector = opened.target.embedding.numpy() if opened.frame is None else None
    pictures = {index: step_picture(networks, run, finished.latents, index) for index in shown_steps(run)}
    images = run_images(pictures, finished.native, target=opened.frame, vector=vector)
    result = marked(finished.native) if options.mark else finished.native
    if run.guided_by_photograph:
        result = badged(result)
    written = [
        atomic_write(folder / "result.png", png_bytes(result, record)),
        atomic_write(folder / "run.json", run.model_dump_json(indent=2).encode()),
    ]
    drawn = draw_inversion(run, images, options)
    for kind in formats:
        path = save(drawn, folder / f"figure.{kind}", record)
        written += [path, write_sidecar(path, record)]
    if film is not None:
        shown = opened.frame if options.source else None
        quiet = not sys.stderr.isatty()
        shots = zip(run_pictures(networks, run, finished.latents), run.steps, strict=True)
        filmed = track(shots, "film", len(run.steps), console=Console(stderr=True), transient=True, disable=quiet)
        frames = (FilmFrame(picture, step.index, step.cosine) for picture, step in filmed)
        shape = FilmOptions(steps=run.steps[-1].index, target=shown, mark=options.mark, guided=run.guided_by_photograph)
        path = write_film(folder / f"film.{film}", frames, shape)
        written += [path, write_sidecar(path, record)]
    if keep_latent:
        written.append(_write_latents(folder / "latents.safetensors", finished))
    return written


def _write_latents(path: Path, finished: FinishedInversion) -> Path:
    from safetensors.torch import save as encode

    return atomic_write(path, encode({"latents": torch.stack(finished.latents), "result": finished.latent}))


def _starts(run: InversionRun) -> str:
    won = ""
    if run.proposed_starts:
        won = f", won by {'the regressor' if run.begun_from == 'regressor' else 'a random one'}"
    return f"starts {run.starts_seconds:.1f} s{won}"


def _report(finished: FinishedInversion, written: list[Path]) -> None:
    run = finished.run
    typer.echo(
        f"{run.target.name}: {run.steps[-1].index} steps in {run.seconds:.0f} s ({_starts(run)}), "
        f"best at step {run.best_index}, stopped by {run.stopped_by}"
    )
    for score in run.scores:
        role = "attacked" if score.attacked else "held out"
        word = "cosine" if score.measure == "cosine" else "distance"
        verdict = "same person" if score.passes else "not the same person"
        fmr = f"below {score.fmr_resolution:.0e}" if score.fmr == 0 else f"{score.fmr:.1e}"
        typer.echo(
            f"  {score.encoder:12} {role:8}  {word:8} {score.score:6.3f}  threshold {score.threshold:6.3f}  "
            f"{verdict}  FMR {fmr}  rank {score.rank} of {score.gallery + 1}"
        )
    if not run.result_face_found:
        typer.echo("  no face was found in the result; it could not be scored")
    for path in written:
        typer.echo(f"  {path}")
