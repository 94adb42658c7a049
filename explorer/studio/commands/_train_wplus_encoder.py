"""`likeness train wplus-encoder`: from a photograph into W+, learnt from the generator's own faces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from explorer.science.generation.mixed_precision import drawing, draws_mixed
from explorer.science.inversion.photograph_encoder import (
    PhotographEncoder,
    PhotographEncoderRecord,
    encode_photograph_encoder,
)
from explorer.science.networks.graph import TensorGraph
from explorer.science.training.loop import Compute
from explorer.science.training.photograph_encoder import (
    PhotographEncoderRecipe,
    PhotographEncoderState,
    Teaching,
    train_photograph_encoder,
)
from explorer.studio.catalogue.networks import Networks, attacked_encoder, network_sha256, preview_head_file
from explorer.studio.catalogue.photograph_encoders import (
    photograph_encoder_card,
    photograph_encoder_file,
    save_photograph_encoder,
)
from explorer.studio.commands._train_decoder import bar
from explorer.studio.commands._train_localiser import clock
from explorer.studio.corpus.style_material import KeptFaces, drawn_faces, metric_and_beginning
from explorer.studio.errors import UserError
from explorer.studio.evaluation.wplus_judged import unseen_scores
from explorer.studio.places import private_folder

MINUTES, JUDGED = 100.0, 48
# The program's own file is at most so large.
_LARGEST = 10 * 2**20
# Whose convolutions a network begins with, and who says who a drawn face is: one that may be attacked.
_TAUGHT_BY = "arcface-mbf"
_SAID_EVERY = 50
# Of the time so large a share may go into the drawing of faces, and so large a one be over before the second stage.
_DRAWING, _BY_STYLES = 0.25, 0.62


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("wplus-encoder")(wplus_encoder)


def wplus_encoder(
    work: Annotated[Path, typer.Option(help="Folder for drawn faces and checkpoints.")],
    minutes: Annotated[float, typer.Option(min=0.05, help="When it ends at the latest, whatever is left.")] = MINUTES,
    faces: Annotated[int | None, typer.Option(min=16, help="Faces that are drawn once. [default: 14000]")] = None,
    steps: Annotated[int | None, typer.Option(min=0, help="Steps by known styles. [default: 3600]")] = None,
    drawn_steps: Annotated[
        int | None, typer.Option(min=0, help="Steps by the pictures of the answers. [default: 1500]")
    ] = None,
    rows: Annotated[int | None, typer.Option(min=8, help="Rows of the metric of styles. [default: 1024]")] = None,
    components: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Directions of W+ that answers are mixed of. [default: 256]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, batches and lenses.")] = 1,
    judged: Annotated[int, typer.Option(min=2, help="Unseen faces that it is measured on at last.")] = JUDGED,
    install: Annotated[
        bool, typer.Option(help="Write it as the program's own, by which photographs begin; else into the work folder.")
    ] = True,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a network from pictures of faces into W+, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint, and one that ran out of time as well.
    """
    given = {"faces": faces, "steps": steps, "drawn_steps": drawn_steps, "rows": rows, "components": components}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    recipe = replace(PhotographEncoderRecipe(seed=seed), **changes)
    _check(recipe)
    over, enough, networks = clock(minutes), clock(_BY_STYLES * minutes), Networks(device)
    private_folder(work)
    teaching, faces_kept, key = _teaching(networks, recipe, work, clock(_DRAWING * minutes))
    folder = private_folder(work / f"wplus-encoder-{_digest(recipe, key, len(faces_kept))}")
    with bar("metric") as step:
        metric, encoder = metric_and_beginning(teaching, recipe, folder, step)
    _begin_with(encoder, networks)
    encoder.to(networks.device)
    going = train_photograph_encoder(encoder, teaching, metric, recipe, folder, Compute.on(device), over, enough)
    made = _followed(going, recipe)
    record = PhotographEncoderRecord(
        generator=teaching.generator.spec.id,
        layers=teaching.generator.spec.style_layers,
        width=teaching.generator.spec.width,
        side=recipe.side,
        hidden=recipe.hidden,
        components=recipe.components,
        trained_on=len(faces_kept),
        steps=made["styles"],
        drawn_steps=made["pictures"],
        begun_by=_TAUGHT_BY,
    )
    file = photograph_encoder_file() if install else work / photograph_encoder_file().name
    ready = encoder.cpu().eval().requires_grad_(False)
    options = _options(given, seed, minutes)
    # Judging takes minutes: what was learnt is kept first.
    save_photograph_encoder(ready, record, photograph_encoder_card(record, recipe, faces_kept.words, options), file)
    with bar("judging") as step:
        record = record.model_copy(update={"unseen": unseen_scores(networks, ready, judged, step)})
    _written(ready, record, recipe, faces_kept, file, options)


def _check(recipe: PhotographEncoderRecipe) -> None:
    if recipe.components > min(recipe.rows, recipe.kept_rows, recipe.spread_faces):
        least = min(recipe.rows, recipe.kept_rows)
        raise UserError(f"--components {recipe.components}: the metric has {least} rows; take fewer, or more --rows")
    if not recipe.steps and not recipe.drawn_steps:
        raise UserError("--steps 0 --drawn-steps 0: nothing would be learnt; give some of either")


def _teaching(
    networks: Networks, recipe: PhotographEncoderRecipe, work: Path, enough: Callable[[], bool]
) -> tuple[Teaching, KeptFaces, str]:
    """What is learnt from, its faces, and all that its faces follow from besides their numbers."""
    generator = networks.generator()
    draw = drawing(generator, mixed=True)
    heads = (preview_head_file(side).read_bytes() for side in (128, 256))
    known = [hashlib.sha256(data).hexdigest() for data in heads] + [
        network_sha256(one) for one in generator.spec.networks
    ]
    key = f"{known} {draws_mixed(generator)}"
    with bar("faces") as step:
        faces = drawn_faces(generator, draw, recipe, key, work, step, enough)
    recogniser = networks.recogniser(attacked_encoder(_TAUGHT_BY).id)
    return Teaching(generator, draw, networks.lpips("alex"), recogniser, faces), faces, key


def _digest(recipe: PhotographEncoderRecipe, key: str, faces: int) -> str:
    return hashlib.sha256(f"{recipe} {key} {faces}".encode()).hexdigest()[:12]


@torch.no_grad()
def _begin_with(encoder: PhotographEncoder, networks: Networks) -> None:
    """The convolutions of an encoder of identities, which has seen photographs."""
    body = networks.recogniser(_TAUGHT_BY).body
    graph = next(one for one in body.modules() if isinstance(one, TensorGraph))
    encoder.trunk.take(graph.used_constants())


def _followed(training: Iterator[PhotographEncoderState], recipe: PhotographEncoderRecipe) -> dict[str, int]:
    """Train, and say how it goes; how many steps of each stage are made."""
    made = {"styles": 0, "pictures": 0}
    total = recipe.steps + recipe.drawn_steps
    with bar("steps") as step:
        for state in training:
            made[state.stage] = state.made
            step(sum(made.values()), total)
            if state.losses and state.made % _SAID_EVERY == 0:
                words = ", ".join(f"{name} {value:.4f}" for name, value in state.losses.items())
                typer.echo(f"{state.stage} {state.made}: {words}")
    if sum(made.values()) < total:
        typer.echo(f"{sum(made.values())} of {total} steps are made: the same command goes on")
    return made


def _written(
    encoder: PhotographEncoder,
    record: PhotographEncoderRecord,
    recipe: PhotographEncoderRecipe,
    faces: KeptFaces,
    file: Path,
    options: str,
) -> None:
    size = len(encode_photograph_encoder(encoder, record))
    if file == photograph_encoder_file() and size > _LARGEST:
        raise UserError(f"the encoder is larger than {_LARGEST >> 20} MB: take fewer --components, or --no-install")
    card = photograph_encoder_card(record, recipe, faces.words, options)
    typer.echo(f"{save_photograph_encoder(encoder, record, card, file)}: {size / 2**20:.1f} MB")
    for name, one in record.unseen.items():
        ends = "" if one.low is None else f" ({one.low:.3f} to {one.high:.3f})"
        typer.echo(f"  {name}: {one.value:.3f}{ends}")


def _options(given: dict[str, int | None], seed: int, minutes: float) -> str:
    said = [f" --{name.replace('_', '-')} {value}" for name, value in given.items() if value is not None]
    said += [f" --seed {seed}"] if seed != 1 else []
    return "".join([*said, f" --minutes {minutes:g}"])
