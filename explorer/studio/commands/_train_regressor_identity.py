"""`likeness train regressor --objective identity`: from the drawn face's embedding; no corpus is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from explorer.science.evaluation.leakage import mean_quality
from explorer.science.generation.mixed_precision import multiplies_bfloat16
from explorer.science.inversion.drawing import Drawing
from explorer.science.inversion.regressor import LatentRegressor, RegressedSpace, RegressorRecord
from explorer.science.leakage.readout import MetricValue
from explorer.science.training.identity_targets import Asking, IdentityTargets
from explorer.science.training.loop import Compute
from explorer.science.training.refiner import RefinerRecipe
from explorer.science.training.regressor_identity import IdentityRecipe, train_by_identity, unseen_identity
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.regressors import load_regressor, regressor_card, save_regressor
from explorer.studio.commands._regressor_starts import JUDGED, last, starts
from explorer.studio.corpus.identity_material import (
    MATERIAL_RESOLUTION,
    Step,
    generated_material,
    photographed,
)
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.strangers import embed_set
from explorer.studio.places import private_folder

SEED_OF_UNSEEN = 7


@dataclass(frozen=True)
class Given:
    """What the command was given. steps, faces, resolution: the recipe's where None."""

    work: Path
    encoder: str
    space: RegressedSpace
    photographs: Path | None
    steps: int | None
    faces: int | None
    resolution: int | None
    device: str

    def recipe(self) -> IdentityRecipe:
        """The recipe with what was given."""
        return replace(IdentityRecipe(space=self.space), **self.changes())

    def changes(self) -> dict[str, Any]:
        """What was given of a recipe, by name."""
        given = {"steps": self.steps, "faces": self.faces, "resolution": self.resolution}
        return {name: value for name, value in given.items() if value is not None}

    def words(self) -> str:
        """What was given besides encoder, space and objective, as options."""
        options = [f" --{name} {value}" for name, value in self.changes().items()]
        return "".join([*options, " --photographs FOLDER" if self.photographs else ""])


def check_resolution(resolution: int | None) -> None:
    """Refuse a size at which faces are not drawn in trainings.

    Raises:
        UserError: it is such a one.
    """
    if resolution not in (None, 128, 256, 512):
        raise UserError(f"--resolution {resolution}: faces are drawn at 128, 256 or 512 px")


def by_identity(given: Given) -> None:
    """Train a regressor by identity, judge it on what it was not trained on, and write it and its card.

    Raises:
        UserError: there is no regressor to begin with, or nothing to ask for.
    """
    recipe, encoder, networks = given.recipe(), given.encoder, Networks(given.device)
    begun = _begun(networks, encoder, recipe.space)
    folder = private_folder(given.work / "regressors")
    judges = embed_set(portrait_set(), [encoder], networks).embeddings[encoder]
    targets, words = targets_of(given, networks, recipe.faces, recipe.asking, judges, folder)
    drawing = drawing_of(networks, encoder, recipe.resolution)
    file = folder / f"{encoder}-{recipe.space}-identity-{digest_of(recipe, begun, targets)}.pt"
    going = train_by_identity(begun, targets, recipe, file, drawing, Compute.on(given.device))
    trained = last(going, "by identity", recipe.steps).regressor
    unseen = targets.unseen(JUDGED, SEED_OF_UNSEEN)
    drawn = _made_small(trained.to(networks.device), begun, unseen["unseen targets"], recipe, drawing)
    record = RegressorRecord(
        encoder=encoder,
        dimension=targets.dimension,
        space=recipe.space,
        objective="identity",
        width=trained.width,
        trained_on=recipe.steps * recipe.batch,
        drawn=drawn,
        starts=starts(trained, networks, unseen | {"portraits": judges}, encoder, recipe.space),
        layers=trained.style_layers,
        photographs=0 if targets.photographs is None else len(targets.photographs),
    )
    written = save_regressor(
        trained, record, regressor_card(record, recipe_words(recipe), words, options=given.words())
    )
    typer.echo(f"{written}\n  unseen targets, {recipe.resolution} px: {drawn.words()}")
    for shown, quality in record.starts.items():
        typer.echo(f"  {shown}: {quality.words()}")


def _begun(networks: Networks, encoder: str, space: RegressedSpace) -> LatentRegressor:
    """The shipped regressor that was trained by the latent, brought to the space."""
    begun, _ = load_regressor(encoder, "Z" if space == "Z" else "W")
    if space == "W+":
        begun = begun.in_layers(networks.generator().spec.style_layers)
    return begun.to(networks.device).eval().requires_grad_(False)


def drawing_of(networks: Networks, encoder: str, resolution: int) -> Drawing:
    """What draws and embeds in trainings: in bfloat16 where that takes half the time."""
    return Drawing(networks.generator(), networks.detector(), networks.recogniser(encoder), resolution, mixed=True)


def targets_of(
    given: Given, networks: Networks, faces: int, asking: Asking, judges: Tensor, folder: Path
) -> tuple[IdentityTargets, str]:
    """What is asked for, and in words what it is made of."""
    place = given.work if (given.work / "recipe.json").exists() else folder
    with _bar("faces") as step:
        drawing = drawing_of(networks, given.encoder, MATERIAL_RESOLUTION)
        generated = generated_material(place, drawing, given.encoder, faces, step)
    if given.photographs is None:
        return IdentityTargets(generated.embeddings, asking), generated.words
    with _bar("photographs") as step:
        real = photographed(networks, given.photographs, given.encoder, judges, folder, step)
    people = len(real.people.unique())
    made_of = generated.words.removesuffix("; no photograph of anybody")
    words = f"{made_of}; {len(real.people)} photographs of {people} people of a folder"
    return IdentityTargets(generated.embeddings, asking, real), words


@contextmanager
def _bar(title: str) -> Iterator[Step]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield step


def digest_of(recipe: object, begun: LatentRegressor, targets: IdentityTargets) -> str:
    """Of all that a training follows from but the networks that the catalogue pins."""
    digest = hashlib.sha256(repr(recipe).encode())
    for head in sorted(places.models().glob("preview-*.safetensors")):
        digest.update(head.read_bytes())
    known = [targets.generated, targets.photographs, *begun.state_dict().values()]
    for tensor in known:
        if tensor is not None:
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def _made_small(
    trained: LatentRegressor, begun: LatentRegressor, asked: Tensor, recipe: IdentityRecipe, drawing: Drawing
) -> MetricValue:
    """One minus the cosine for unseen targets; chance is what the regressor reaches that the training began with."""
    after, before = (unseen_identity(one, asked, recipe, drawing) for one in (trained, begun))
    return mean_quality("loss", "", after, before)


def recipe_words(recipe: IdentityRecipe | RefinerRecipe) -> str:
    """A recipe in the words of a card."""
    asking = recipe.asking
    return (
        f"{recipe.steps} steps of batch {recipe.batch}, Adam at {recipe.rate:g}, seed {recipe.seed}, on "
        f"{recipe.resolution} px faces (drawn in {'bfloat16' if multiplies_bfloat16() else 'single precision'}), "
        f"prior {recipe.prior:g}; asked for: mixtures and differences of faces, without "
        f"what they share, their variance divided by itself to a power of {asking.power[0]:g} to {asking.power[1]:g}, "
        f"turned anywhere by up to {asking.aimless:g}"
    )
