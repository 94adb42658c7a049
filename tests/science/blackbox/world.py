"""A small world with a black box: faces are 8 x 8 images, and encoders linear maps of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explorer.science.blackbox.methods import AskedFaces, Attacked, Question, frames_of
from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.settings import InversionSettings
from explorer.science.recognition.base import Encoder, EncoderSpec

SIDE = 8
# How many numbers a face's identity has in this world.
IDENTITY = 10
# One size throughout: the small world draws no larger.
SETTINGS = InversionSettings(steps=15, finish=0, starts=2, contest=1, rate=0.1)


class SmallGenerator:
    """Draws an image whose pixels are a linear map of w."""

    spec = MOBILESTYLEGAN
    mean_w, spread_w = torch.zeros(512), torch.ones(512)

    def __init__(self) -> None:
        self.basis = torch.randn(512, 3 * SIDE * SIDE, generator=torch.Generator().manual_seed(0)) / 512**0.5

    def sample(self, count: int, seed: int, truncation: float = 1.0) -> tuple[Tensor, Tensor]:
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, truncation * z

    def styles(self, latent: Tensor, space: str) -> Tensor:
        return latent if space == "W+" else latent[:, None].expand(-1, 23, -1)

    def image(self, styles: Tensor, resolution: int) -> Tensor:
        return torch.sigmoid(styles.mean(1) @ self.basis).reshape(-1, 3, SIDE, SIDE)


class Linear(nn.Module):
    """An image to so many numbers, which follow from the few that all encoders go by, as faces' identities do."""

    def __init__(self, size: int, seed: int) -> None:
        super().__init__()
        common = torch.randn(3 * SIDE * SIDE, IDENTITY, generator=torch.Generator().manual_seed(100))
        own = torch.randn(IDENTITY, size, generator=torch.Generator().manual_seed(seed))
        self.register_buffer("weight", common @ own)

    def forward(self, image: Tensor) -> Tensor:
        return (nn.functional.adaptive_avg_pool2d(image, SIDE).flatten(1) - 0.5) @ self.weight


def encoder(name: str, size: int = 24, seed: int = 1) -> Encoder:
    spec = EncoderSpec(name, name, name, size, ARCFACE_112, "cosine", None, "none", True)
    return Encoder(spec, Linear(size, seed))


def points_in(count: int) -> Tensor:
    """The five points of so many faces: where the template has them, so that all see the whole image."""
    return (torch.tensor(ARCFACE_112.points) * SIDE / ARCFACE_112.size).expand(count, 5, 2)


class SmallDetector:
    def points_in_frame(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return points_in(len(image)), torch.ones(len(image), dtype=torch.bool)


class BlackBoxOfTheWorld:
    """Answers questions; what it refuses is told by number of the question. asked: how many faces so far."""

    def __init__(self, refused: Sequence[int] = ()) -> None:
        self.encoder, self.refused, self.asked = encoder("black", 16, 9), set(refused), 0

    def __call__(self, frames: Any) -> list[Tensor | None]:
        image = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
        answers: list[Tensor | None] = []
        for one in self.encoder(image):
            answers.append(None if self.asked in self.refused else one)
            self.asked += 1
        return answers


class World:
    """What an attack is given."""

    def __init__(self, faces: int = 60) -> None:
        self.generator, self.detector = SmallGenerator(), SmallDetector()
        self.whites = {"one": encoder("one", 24, 1), "two": encoder("two", 20, 2)}
        self.box = BlackBoxOfTheWorld()
        self.faces = self.known(self.generator.sample(faces, 5)[1])
        self.wanted = self.generator.sample(1, 77)[1]
        self.target = self.box(frames_of(self.wanted, "W", self.generator))[0]
        self.box.asked = 0

    def known(self, latents: Tensor) -> AskedFaces:
        frames = frames_of(latents, "W", self.generator)
        image = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
        vectors = torch.stack([one for one in self.box(frames) if one is not None])
        seen = {name: white.embed(image, points_in(len(image))) for name, white in self.whites.items()}
        return AskedFaces(latents, vectors, seen)

    def attack(self, attack: Any, settings: InversionSettings = SETTINGS, **more: Any) -> tuple[Attacked, list[Any]]:
        """Run an attack to its end; what it came to, and what it yielded besides questions."""
        running = attack(
            self.target,
            self.faces,
            settings,
            generator=self.generator,
            whites=self.whites,
            detector=self.detector,
            **more,
        )
        reply, events = None, []
        while True:
            try:
                event = running.send(reply)
            except StopIteration as end:
                return end.value, events
            reply = None
            if isinstance(event, Question):
                reply = self.box(event.frames)
            else:
                events.append(event)

    def reached(self, found: Attacked) -> float:
        """How near a result is to the target, by the black box's own word."""
        frames = frames_of(found.latent[None], found.space, self.generator)
        (answer,) = BlackBoxOfTheWorld()(frames)
        return float(torch.cosine_similarity(answer, self.target, dim=0))
