"""Every training at its smallest, on any device and by any number of processes, and the gradients of its first steps.

The weights stay as they begin: a gradient is noted and taken away before the optimiser sees it. Otherwise Adam's first
steps would be signs of numbers near 0, which no two machines have alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from explorer.science.training.loop import CPU, Compute

Begin = Callable[[Path, Compute], Iterable[Any]]


@dataclass(frozen=True)
class Training:
    """begin: from a folder for checkpoints. steps: how many gradients say all. real: whether it takes real networks.
    devices: where it can run."""

    begin: Begin
    steps: int = 1
    real: bool = False
    devices: tuple[str, ...] = ("cpu", "cuda")


TRAININGS: dict[str, Training] = {}
"""By the modules of `explorer.science.training`."""


def of(
    module: str, steps: int = 1, real: bool = False, devices: tuple[str, ...] = ("cpu", "cuda")
) -> Callable[[Begin], Begin]:
    def noted(begin: Begin) -> Begin:
        TRAININGS[module] = Training(begin, steps, real, devices)
        return begin

    return noted


class _EnoughError(Exception):
    pass


def gradients(name: str, folder: Path, compute: Compute = CPU) -> list[list[torch.Tensor]]:
    """The gradients of a training's first steps, of all weights in their order; 0 where a step does not reach one."""
    training, found = TRAININGS[name], list[list[torch.Tensor]]()

    def note(optimiser: torch.optim.Optimizer, *_: object) -> None:
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        found.append(
            [torch.zeros_like(one, device="cpu") if one.grad is None else one.grad.cpu().clone() for one in weights]
        )
        for one in weights:
            one.grad = None
        if len(found) == training.steps:
            raise _EnoughError

    folder.mkdir(parents=True, exist_ok=True)
    noting = register_optimizer_step_pre_hook(note)
    try:
        for _ in training.begin(folder, compute):
            pass
    except _EnoughError:
        pass
    finally:
        noting.remove()
    assert len(found) == training.steps, "there are as many steps"
    return found


def apart(one: list[list[torch.Tensor]], other: list[list[torch.Tensor]]) -> float:
    """How far two trainings' gradients differ, in shares of their length: the most of any step."""
    shares = []
    for a, b in zip(one, other, strict=True):
        first, second = (torch.cat([part.flatten().double() for part in parts]) for parts in (a, b))
        assert first.isfinite().all()
        shares.append(float((first - second).norm() / first.norm().clamp_min(1e-12)))
    return max(shares)


def _device(compute: Compute) -> torch.device:
    return torch.device(compute.accelerator)


def _begun(seed: int, make: Callable[[], nn.Module], compute: Compute) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().to(_device(compute))


@of("face_encoder")
def face_encoder(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.face_encoder import FaceEncoderRecipe, TrainingFaces, train_face_encoder

    def network(dimension: int, width: float) -> nn.Module:
        # Two layers: of so few faces, MobileNetV2's fifty enlarge how machines round until nothing agrees.
        first = nn.Conv2d(3, 16, 5, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
        return nn.Sequential(*first, nn.Linear(64, dimension), nn.BatchNorm1d(dimension, affine=False))

    pictures = np.random.default_rng(0).integers(0, 256, (12, 32, 32), np.uint8)
    recipe = FaceEncoderRecipe(steps=2, batch=7, every=1, dimension=8, width=0.25, margin=0.1, scale=16.0)
    faces = TrainingFaces(pictures, np.repeat(np.arange(3), 4))
    with patch("explorer.science.training.face_encoder.MobileNetV2", network):
        yield from train_face_encoder(faces, recipe, folder / "encoder.pt", compute)


@of("localiser", steps=4)
def localiser(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.alignment.faces import Placement, PosedFaces
    from explorer.science.alignment.settings import LocaliserSettings
    from explorer.science.alignment.transformer import SpatialTransformer
    from explorer.science.training.localiser import train_localiser
    from explorer.studio.catalogue.visibility_fields import load_visibility_field
    from explorer.studio.geometry.fitting import load_morphable_model

    settings = LocaliserSettings(
        side=32, seen=32, components=2, visibility=16, width=4, batch=5, pretraining=1, warm_up=1, steps=3,
        landmarks=1.0, same_shape=1.0, triplet=1.0,
    )  # fmt: skip
    random = torch.Generator().manual_seed(4)
    pictures = torch.randint(0, 256, (12, 32, 32, 3), generator=random, dtype=torch.uint8)
    faces = PosedFaces.without_truth(pictures, torch.arange(12) % 3, torch.tensor([0.0, -8.0, 5.0, 25.0] * 3))
    # Of some the landmarks are known.
    marks = torch.rand(12, 14, 2, generator=random)
    marks[::3] = torch.nan
    transformer = SpatialTransformer(load_morphable_model(), load_visibility_field(), 2, visibility=16)
    return train_localiser(replace(faces, landmarks=marks), settings, transformer, Placement(), folder, compute)


class MadeUpDrawing:
    """A latent draws a face whose embedding is linear in it."""

    def __init__(self) -> None:
        self.map = torch.randn(512, 16, generator=torch.Generator().manual_seed(0)) / 512**0.5

    def seen(self, latents: torch.Tensor, space: str, targets: torch.Tensor) -> Any:
        from explorer.science.inversion.drawing import Seen

        embedded = latents @ self.map.to(latents)
        return Seen(embedded, 1 - torch.cosine_similarity(embedded, targets), latents.square().mean(1))


def _asked() -> Any:
    from explorer.science.training.identity_targets import Asking, IdentityTargets

    return IdentityTargets(torch.randn(50, 16, generator=torch.Generator().manual_seed(1)), Asking())


def _regressor(compute: Compute) -> Any:
    from explorer.science.inversion.regressor import LatentRegressor

    return _begun(0, lambda: LatentRegressor(16, 24), compute).eval().requires_grad_(False)


@of("refiner")
def refiner(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.refiner import RefinerRecipe, train_refiner

    recipe = RefinerRecipe(width=24, steps=2, batch=5)
    return train_refiner(_regressor(compute), _asked(), recipe, folder / "a.pt", MadeUpDrawing(), compute)


@of("regressor_identity")
def regressor_identity(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.regressor_identity import IdentityRecipe, train_by_identity

    recipe = IdentityRecipe(steps=2, batch=5)
    return train_by_identity(_regressor(compute), _asked(), recipe, folder / "a.pt", MadeUpDrawing(), compute)


def _pairs() -> tuple[Any, Any]:
    from explorer.science.training.regressor import RegressorRecipe, pairs
    from tests.science.leakage_kit import made_up_corpus

    recipe = RegressorRecipe(width=24, epochs=2, batch=33, dropout=0.2, drawn_steps=2, drawn_batch=3)
    return pairs(made_up_corpus(100), "made-up", "W"), recipe


@of("regressor", steps=2)
def regressor(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.regressor import train_by_latent

    known, recipe = _pairs()
    return train_by_latent(known, recipe, folder / "a.pt", compute)


class Shades:
    """Draws a latent as areas of grey, and takes the brighter ones for background."""

    def styles(self, latents: torch.Tensor, space: str) -> torch.Tensor:
        return latents

    def signed_image(self, styles: torch.Tensor, resolution: int) -> torch.Tensor:
        areas = torch.tanh(styles[:, :48].reshape(-1, 3, 4, 4))
        return nn.functional.interpolate(areas, (resolution, resolution), mode="nearest")

    def classes(self, image: torch.Tensor) -> torch.Tensor:
        return (image[:, 0, ::2, ::2] < 0.5).long()


@of("regressor_drawn")
def regressor_drawn(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.regressor_drawn import PictureLoss, train_by_drawing

    known, recipe = _pairs()
    drawing: Any = Shades()
    loss = PictureLoss(drawing, "W", 16, drawing)
    return train_by_drawing(_regressor(compute), known, recipe, folder / "a.pt", loss, compute)


class Lit:
    """Pictures whose brightness is their class."""

    signs = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(6, 1)

    def pictures(self, rows: torch.Tensor) -> torch.Tensor:
        grain = torch.rand(12, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        return (grain[rows] + (0.3 * self.signs[rows, :1])[..., None, None]).clamp(0, 1)


@of("attribute_classifier")
def attribute_classifier(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.attribute_classifier import train_classifier
    from explorer.science.translation.settings import ClassifierSettings

    settings = ClassifierSettings(seen=32, batch=6, epochs=1)
    return train_classifier(Lit(), settings, "lit", folder / "a.pt", compute)


@of("halves")
def halves(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.halves import IdentifiedStyles, train_halves
    from explorer.science.translation import HalvesSettings

    styles = torch.randn(20, 2, 8, generator=torch.Generator().manual_seed(0))
    learnt = IdentifiedStyles(styles, torch.arange(20) // 4, "planted")
    settings = HalvesSettings(couplings=2, hidden=8, people=3, pictures=3, steps=2, adversary=0.3)
    return train_halves(learnt, torch.zeros(8), torch.ones(8), settings, folder / "a.pt", compute)


@of("landmark_cnn")
def landmark_cnn(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.landmark_cnn import LandmarkRecipe, train

    random = np.random.default_rng(0)
    samples = [
        (random.integers(0, 256, (224, 224, 3), np.uint8), random.uniform(60, 160, (68, 2)).astype(np.float32))
        for _ in range(3)
    ]
    return train(samples, LandmarkRecipe(epochs=1, batch=3, rate=1e-3), folder, compute)


@of("visibility_field")
def visibility_field(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.geometry.visibility_field import FieldSettings
    from explorer.science.training.visibility_faces import cast_faces, face_space
    from explorer.science.training.visibility_field import FieldRecipe, train
    from explorer.studio.geometry.fitting import load_morphable_model

    small = FieldSettings(identity=4, expression=2, before=1, width=16, layers=1, frequency=10)
    recipe = FieldRecipe(faces=2, views=1, steps=1, batch=3, points=64, learnt=32, settings=small)
    model = load_morphable_model()
    space = face_space(model, small.identity, small.expression)
    faces = cast_faces(model, space, recipe.training_faces(), recipe.faces, (1, 0))
    return train(model, space, faces, recipe, folder, compute)


@of("coarse_picture")
def coarse_picture(folder: Path, compute: Compute) -> Iterable[Any]:
    return decoder(folder, compute, coarse=4)


@of("decoder", steps=2)
def decoder(folder: Path, compute: Compute, **more: Any) -> Iterable[Any]:
    from explorer.science.decoding.losses import DecoderLoss
    from explorer.science.decoding.settings import DecoderSettings
    from explorer.science.training.decoder import DecoderFaces, train_decoder

    given = {"side": 64, "width": 4, "hidden": 8, "dropout": 0.1, "batch": 5, "epochs": 1, "precision": "single"}
    weights = {"perceptual": 0, "local_perceptual": 0}
    settings = DecoderSettings(**{**given, "coarse": 0, **more}, weights=weights)
    random = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (20, 64, 64, 3), generator=random, dtype=torch.uint8)
    rows = torch.arange(20)
    faces = DecoderFaces(torch.randn(20, 4, generator=random), pictures, rows[4:], rows[:4])
    loss = DecoderLoss(settings, None, faces.unit_faces())
    return train_decoder(faces, settings, loss, folder / "a.pt", compute)


@of("probes", steps=2)
def probes(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.leakage.probes import PROBES
    from explorer.science.training.probes import ProbeRecipe, fit
    from tests.science.leakage_kit import made_up_corpus

    data, spec = made_up_corpus(100), PROBES["smiling"]
    settings = replace(ProbeRecipe().candidates("binary")["thesis's layers"], batch=33)
    fit(data, "made-up", spec, spec.target(data.labels["smile"]), settings, 1, compute)
    return []


@of("modification")
def modification(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.modification import AttributeFaces, ModificationRecipe, train_modification

    embeddings = torch.randn(60, 12, generator=torch.Generator().manual_seed(0))
    faces = AttributeFaces(embeddings, torch.arange(60) % 2, torch.arange(60), ("no", "yes"))
    recipe = ModificationRecipe(hidden=16, dependent=3, epochs=1, batch=14)
    return train_modification(faces, recipe, folder / "a.pt", compute)


@of("debiasing", steps=20)
def debiasing(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.debiasing.settings import DebiasingSettings
    from explorer.science.training.debiasing import train_debiased
    from tests.science.debiasing import toy

    settings = DebiasingSettings(
        layers=1, width=8, batch=17, epochs=2, pretraining=2, mirrored=True, scale=16.0, margin=0.2,
        order="separate", moments=0.1, keep=1.0, adversary_steps=1,
    )  # fmt: skip
    return train_debiased(toy.body(), toy.faces(), settings, folder, compute)


# What it learns from is made on the CPU, and so is it.
@of("preview_head", steps=2, real=True, devices=("cpu",))
def preview_head(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.preview_head import PreviewRecipe, sampled_targets, train
    from explorer.studio.catalogue.networks import Networks

    networks = Networks(str(_device(compute)))
    recipe = PreviewRecipe(resolution=128, samples=4, steps=2, plain_steps=1, batch=3)
    generator = networks.bare_generator()
    samples = torch.stack(list(sampled_targets(generator, recipe)))
    judges = [networks.recogniser("arcface-mbf")]
    return train(generator, recipe, samples, folder, judges, networks.detector(), compute)


@of("vec2face", steps=4)
def vec2face(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.flows.bijection import Bijection
    from explorer.science.flows.settings import MetricSettings
    from explorer.science.inversion.objective import usual_points
    from explorer.science.recognition.base import Encoder
    from explorer.science.recognition.registry import encoder_spec
    from explorer.science.recognition.tapping import BlockFeatures
    from explorer.science.training.vec2face import Teaching, VectorFaces, train_vec2face
    from explorer.science.vec2face.settings import Vec2FaceSettings

    def body() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(3, 4, 8, stride=8), nn.ReLU(), nn.Conv2d(4, 4, 2, stride=2), nn.Flatten(), nn.Linear(196, 128)
        )

    random = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (9, 8, 8, 3), generator=random, dtype=torch.uint8)
    vectors, people = torch.randn(9, 6, generator=random), torch.arange(9) // 3
    faces = VectorFaces(vectors, pictures, usual_points(1).expand(9, 5, 2), people)
    encoder = Encoder(encoder_spec("sface"), _begun(3, body, compute))
    metric = _begun(4, lambda: Bijection(MetricSettings(side=8, mappings=2, width=2)), compute).requires_grad_(False)
    teaching = Teaching(BlockFeatures(encoder, ("0", "2")), metric, "tiny")
    settings = Vec2FaceSettings(resolution=8, width=1 / 64, steps=2, batch=5, seen=3)
    return train_vec2face(faces, settings, teaching, folder / "a.pt", compute)


@of("translator", steps=3)
def translator(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.translator import train_translator
    from tests.science.translation.world import SMALL, teaching

    settings = SMALL.model_copy(update={"model": "figure-5", "batch": 3, "labelled": 6, "settling": 1, "steps": 1})
    return train_translator(teaching(), settings, "world", folder / "a.pt", compute)


@of("photograph_encoder", steps=2)
def photograph_encoder(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.training.photograph_encoder import begun, style_metric, train_photograph_encoder
    from explorer.science.training.style_faces import Lens
    from tests.science.training import style_world

    taught = style_world.teaching()
    generator: Any = taught.generator
    drawn, device = generator.sample, _device(compute)
    for name in ("mean_w", "spread_w", "basis"):
        setattr(generator, name, getattr(generator, name).to(device))
    generator.sample = lambda *given: tuple(one.to(device) for one in drawn(*given))
    taught.lpips.to(device)
    recipe = replace(style_world.RECIPE, steps=1, drawn_steps=1, batch=3, drawn_batch=3, lens=Lens(blur=1))
    *_, metric = style_metric(taught, recipe)
    encoder = begun(taught, recipe, metric)
    # Of two sums in bfloat16 a hundredth may be different.
    with patch("explorer.science.training.photograph_encoder.quick_numbers", lambda device: nullcontext()):
        yield from train_photograph_encoder(encoder, taught, metric, recipe, folder, compute)


@of("metric")
def metric(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.flows.settings import MetricSettings
    from explorer.science.training.metric import LabelledPictures, train_metric

    random, classes = torch.Generator().manual_seed(0), torch.arange(12) % 3
    pictures = torch.randint(0, 256, (12, 1, 4, 4), generator=random, dtype=torch.uint8)
    settings = MetricSettings(side=4, channels=1, mappings=2, width=3, steps=2, batch=5)
    return train_metric(LabelledPictures(pictures, classes, "levels"), settings, folder / "a.pt", compute)


@of("student")
def student(folder: Path, compute: Compute) -> Iterable[Any]:
    from explorer.science.distillation.settings import StudentSettings
    from explorer.science.training.student import train_student
    from tests.science.distillation.test_student import start, taught

    settings = StudentSettings(steps=2, batch=5, mirror=True, seed=3)
    return train_student(taught(), settings, start(), folder / "a.pt", compute)
