"""`likeness train visibility-field`: the neural field that says what of a face the camera sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import save as encode

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.visibility_field import Preset, VisibilityField, field_tensors
from explorer.science.training.loop import Compute
from explorer.science.training.visibility_faces import (
    SHARD,
    CastPlan,
    FaceSpace,
    RaycastFaces,
    cast_shards,
    concatenate,
    face_space,
)
from explorer.science.training.visibility_field import (
    RECIPES,
    FieldMeasures,
    FieldRecipe,
    finished,
    measure,
    train,
)
from explorer.studio import places
from explorer.studio.allocator import keep_freed_memory
from explorer.studio.catalogue.visibility_fields import field_file
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.geometry.fitting import load_morphable_model

T = TypeVar("T")

# A line of progress every so many steps, where there is no terminal.
_TELL_EVERY = 500


def visibility_field(
    work: Annotated[
        Path, typer.Option(help="Folder for cast faces and checkpoints; what was interrupted goes on from there.")
    ],
    preset: Annotated[str, typer.Option(help="default, or the thesis's.")] = "default",
    faces: Annotated[int | None, typer.Option(min=1, help="Faces to cast. [default: the recipe's]")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps. [default: the recipe's]")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed. [default: the recipe's]")] = None,
) -> None:
    """Train the neural visibility field on ray-cast faces, test it on unseen ones, and write it to models/."""
    recipe = known_recipe(preset)
    keep_freed_memory()
    recipe = replace(
        recipe,
        faces=faces or recipe.faces,
        steps=steps or recipe.steps,
        seed=recipe.seed if seed is None else seed,
    )
    model = load_morphable_model()
    space = face_space(model, recipe.settings.identity, recipe.settings.expression)
    folder = places.private_folder(work)
    field = _trained(model, space, recipe, folder)
    path = atomic_write(field_file(recipe.preset), encode(*field_tensors(field)), mode=0o644)
    typer.echo(f"{path}: {recipe.steps} steps on {recipe.faces} faces, {recipe.views} views of each")
    for title, plan in (
        ("told everything", recipe.in_span_faces()),
        ("faces of the whole model", recipe.full_model_faces()),
    ):
        _tell(title, measure(field, model, _cast(model, space, plan, folder)))


def known_recipe(preset: str) -> FieldRecipe:
    """The recipe of a preset.

    Raises:
        UserError: there is none of that name.
    """
    names: dict[str, Preset] = {name: name for name in RECIPES}
    if preset not in names:
        raise UserError(f"--preset {preset}: there are {', '.join(names)}")
    return RECIPES[names[preset]]


def _trained(model: MorphableModel, space: FaceSpace, recipe: FieldRecipe, folder: Path) -> VisibilityField:
    faces = _cast(model, space, recipe.training_faces(), folder)
    for state in _shown(train(model, space, faces, recipe, folder, Compute.on("cpu")), "training", recipe.steps):
        if state.step % _TELL_EVERY == 0 and not Console(stderr=True).is_terminal:
            typer.echo(f"step {state.step} of {state.steps}, loss {state.loss:.4f}", err=True)
    return finished(model, space, recipe, folder)


def _cast(model: MorphableModel, space: FaceSpace, plan: CastPlan, folder: Path) -> RaycastFaces:
    shards = cast_shards(model, space, plan, folder)
    return concatenate(_shown(shards, f"{plan.name}: casting rays", -(-plan.count // SHARD)))


def _shown(steps: Iterable[T], title: str, total: int) -> Iterator[T]:
    """The same, with a bar on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        for step in steps:
            yield step
            bar.advance(task)


def _tell(title: str, measured: FieldMeasures) -> None:
    near = measured.within(60)
    typer.echo(
        f"{title}: IoU {measured.overlap[near].mean():.4f} within 60 degrees, {measured.overlap.mean():.4f} within 90, "
        f"BCE {measured.cross_entropy.mean():.4f}; by yaw:"
    )
    for low, high, count, overlap, entropy in measured.by_yaw():
        typer.echo(f"  {low:2} to {high:2} degrees: IoU {overlap:.4f}, BCE {entropy:.4f} ({count} views)")
