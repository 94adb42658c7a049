"""`likeness train preview-head | gallery | corpus`: make the project's own weights again, by their recipes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import track
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.generation.preview import PREVIEW_BLOCKS
from explorer.science.recognition.registry import default_encoders
from explorer.science.training import preview_head
from explorer.science.training.gallery import GalleryRecipe, embed_samples
from explorer.science.training.preview_head import PreviewRecipe
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands import (
    _train_calibrations,
    _train_classifier,
    _train_corpus,
    _train_debiased,
    _train_debiasing_sweep,
    _train_decoder,
    _train_decoder_faces,
    _train_decoder_table,
    _train_halves,
    _train_impostors,
    _train_landmarks,
    _train_localiser,
    _train_metric,
    _train_modification,
    _train_people_list,
    _train_probes,
    _train_refiner,
    _train_regressor,
    _train_student,
    _train_translator,
    _train_vec2face,
    _train_wplus_encoder,
)
from explorer.studio.commands._train_macro_vectors import macro_vectors
from explorer.studio.commands._train_morphable_model import morphable_model
from explorer.studio.commands._train_visibility_field import visibility_field
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

# The other encoders stay unseen by the heads, so that they can say what the training is worth.
JUDGES = ("arcface-mbf", "sface")

train = typer.Typer(help="Make the project's own weights again.", no_args_is_help=True)
_train_corpus.add_to(train)
train.command("morphable-model")(morphable_model)
train.command("macro-vectors")(macro_vectors)
train.command("visibility-field")(visibility_field)
_train_probes.add_to(train)
_train_calibrations.add_to(train)
_train_regressor.add_to(train)
_train_refiner.add_to(train)
_train_decoder.add_to(train)
_train_decoder_faces.add_to(train)
_train_decoder_table.add_to(train)
_train_halves.add_to(train)
_train_landmarks.add_to(train)
_train_localiser.add_to(train)
_train_metric.add_to(train)
_train_wplus_encoder.add_to(train)
_train_modification.add_to(train)
_train_debiased.add_to(train)
_train_debiasing_sweep.add_to(train)
_train_impostors.add_to(train)
_train_people_list.add_to(train)
_train_student.add_to(train)
_train_classifier.add_to(train)
_train_translator.add_to(train)
_train_vec2face.add_to(train)

Folder = Annotated[Path, typer.Option(help="Folder for checkpoints; an interrupted training goes on from there.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(train, name="train")


@train.command("preview-head")
def preview_head_(
    work: Folder,
    resolution: Annotated[int, typer.Option(help="128 or 256.")] = 256,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps. [default: the recipe's]")] = None,
    samples: Annotated[int | None, typer.Option(min=8, help="Training samples. [default: the recipe's]")] = None,
) -> None:
    """Train a preview head on the generator's own samples, test it on unseen ones, and write it to models/."""
    if resolution not in PREVIEW_BLOCKS:
        raise UserError(f"--resolution {resolution}: there are preview heads for {', '.join(map(str, PREVIEW_BLOCKS))}")
    recipe = preview_head.RECIPES[resolution]
    recipe = replace(recipe, steps=steps or recipe.steps, samples=samples or recipe.samples)
    networks = Networks()
    generator, judges = networks.bare_generator(), [networks.recogniser(encoder) for encoder in JUDGES]
    places.private_folder(work)
    pictures = _targets(work, preview_head.sampled_targets(generator, recipe), recipe)
    steps_made = preview_head.train(generator, recipe, pictures, work, judges, networks.detector())
    for _ in track(steps_made, f"{resolution} px head", total=recipe.steps):
        pass
    head = preview_head.finished(recipe, work)
    weights = {name: weight.half().contiguous() for name, weight in head.state_dict().items()}
    path = atomic_write(places.models() / f"preview-{resolution}.safetensors", encode(weights), mode=0o644)
    ratios = preview_head.peak_signal_to_noise(generator, head, recipe)
    typer.echo(f"{path}: {ratios.mean():.2f} dB on {recipe.test_samples} unseen samples")


def _targets(work: Path, made: Iterator[Tensor], recipe: PreviewRecipe) -> Tensor:
    """The training pictures, kept in the folder: they take longer than the training."""
    path = work / f"targets-{recipe.resolution}-{recipe.seed}-{recipe.samples}.safetensors"
    if not path.exists():
        # In one piece: kept apart until the last is there, the pictures tear eight times their own memory.
        pictures = torch.empty(recipe.samples, 3, recipe.resolution, recipe.resolution, dtype=torch.float16)
        for index, picture in enumerate(track(made, "training pictures", total=recipe.samples)):
            pictures[index] = picture
        atomic_write(path, encode({"targets": pictures}))
    return load_file(path)["targets"]


@train.command()
def gallery(
    work: Folder,
    faces: Annotated[int, typer.Option(min=10)] = GalleryRecipe.faces,
    encoder: Annotated[str | None, typer.Option(help="Only this encoder, to a file of its own.")] = None,
) -> None:
    """Embed generated faces under every encoder, and write the gallery to models/."""
    networks, recipe = Networks(), GalleryRecipe(faces=faces)
    names = default_encoders() if encoder is None else (known_encoder(encoder).id,)
    own = None if encoder is None else brought_encoder(encoder)
    recognisers = {name: networks.recogniser(name) for name in names}
    stem = "gallery" if encoder is None else f"gallery-{encoder}"
    path = places.private_folder(work) / f"{stem}-{recipe.seed}.safetensors"
    # One row a sample; a row of zeros for a sample without a face, so that the count of rows tells where to go on.
    rows = {name: list(tensor) for name, tensor in load_file(path).items()} if path.exists() else {}
    done = len(next(iter(rows.values()), []))
    samples = embed_samples(networks.bare_generator(), networks.detector(), recognisers, recipe, done)
    for index, embeddings in enumerate(track(samples, "faces", total=recipe.faces - done), done + 1):
        for name, recogniser in recognisers.items():
            empty = torch.zeros(recogniser.spec.dimension)
            rows.setdefault(name, []).append(empty if embeddings is None else embeddings[name])
        if index % 50 == 0 or index == recipe.faces:
            atomic_write(path, encode({name: torch.stack(some) for name, some in rows.items()}))
    kept = {name: torch.stack(some) for name, some in rows.items()}
    weights = {name: some[some.any(1)].half().contiguous() for name, some in kept.items()}
    place, mode = (places.models() / f"{stem}.safetensors", 0o644) if own is None else (own.gallery, 0o600)
    written = atomic_write(place, encode(weights), mode=mode)
    typer.echo(f"{written}: {len(next(iter(weights.values())))} faces of {recipe.faces} samples")
