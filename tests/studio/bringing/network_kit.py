"""Tiny networks in files, and people who are told apart by them: each has a face of colours of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.recognition.imported import InputConvention, import_network
from explorer.studio.bringing import child, keeping, trying
from explorer.studio.bringing.faces import faces_of
from explorer.studio.bringing.keeping import Drawing
from explorer.studio.bringing.sealed import NetworkDescription
from explorer.studio.bringing.tried import Naming
from explorer.studio.bringing.wishes import Wishes
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.errors import Cancelled
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

SIDE, NUMBERS = 112, 32
POINTS = np.array(ARCFACE_112.points) + 30
PEOPLE, EACH = 6, 5


def projection_file(path: Path, seed: int = 0, flat: bool = False, numbers: int = NUMBERS) -> Path:
    """Write an encoder: a random projection of 14 x 14 fields of the picture; one that is flat sees the first alone."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=(3 * 64, numbers)).astype(np.float32)
    if flat:
        weights[:] = 0
        weights[0] = 1e-3 * random.normal(size=numbers)
    nodes = [
        helper.make_node("AveragePool", ["x"], ["fields"], kernel_shape=[14, 14], strides=[14, 14]),
        helper.make_node("Flatten", ["fields"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
    ]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (None, 3, SIDE, SIDE))]
    wanted = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, (None, numbers))]
    graph = helper.make_graph(nodes, "tiny", given, wanted, [onnx.numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="tests")
    path.write_bytes(model.SerializeToString())
    return path


def painted(person: int, number: int, people_alike: bool = False) -> Photograph:
    """A person's picture: fields of colours of their own, in another light each time; or of anybody's."""
    own = np.random.default_rng(1000 + (99 if people_alike else person)).uniform(40, 215, (8, 8, 3))
    random = np.random.default_rng((person, number))
    fields = (own + random.normal(0, 6 if not people_alike else 60, own.shape)) * random.uniform(0.9, 1.1)
    face = np.clip(fields, 0, 255).astype(np.uint8).repeat(14, 0).repeat(14, 1)
    pixels = np.full((172, 172, 3), 128, np.uint8)
    pixels[30:142, 30:142] = face
    return Photograph(pixels, f"{person}-{number}", "")


def painted_people(name: str = "painted", people: int = PEOPLE, alike: bool = False) -> PhotographSet:
    """A set of such people."""

    def one(person: int, number: int) -> SetPhotograph:
        return SetPhotograph(f"p{person}", str(number), lambda: painted(person, number, alike))

    return PhotographSet(name, tuple(one(p, n) for p in range(people) for n in range(EACH)), credit="Painted by tests")


class PaintedDetector:
    """Finds the face where it was painted."""

    def detect(self, pixels: Any) -> list[Face]:
        if pixels.shape != (172, 172, 3):
            raise FaceError("this is no painted face")
        return [Face(POINTS, (30.0, 30.0, 142.0, 142.0), 0.99)]


class PaintedGenerator:
    """Draws a person nobody else knows for each seed."""

    def sample(self, count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        w = torch.full((count, 4), float(seed))
        return w, w

    def styles(self, w: torch.Tensor, space: str) -> torch.Tensor:
        return w

    def image(self, styles: torch.Tensor) -> torch.Tensor:
        pixels = painted(int(styles[0, 0]) % 100_003 + 1000, 0).pixels
        return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255


def paint_files(folder: Path, people: int = PEOPLE, each: int = EACH) -> Iterator[Path]:
    """Write a folder for each person."""
    from PIL import Image

    for person in range(people):
        place = folder / f"p{person}"
        place.mkdir(parents=True)
        for number in range(each):
            Image.fromarray(painted(person, number).pixels).save(place / f"{number}.png")
            yield place / f"{number}.png"


class Unsealed:
    """Answers as a sealed network does, from this process: what it is sealed by has tests of its own."""

    def __init__(self, path: Path, layer: str | None = None, should_stop: Any = lambda: False) -> None:
        self._network, self._should_stop = import_network(path, layer), should_stop
        said = child._about(self._network) | {"files": child._files(path)}
        self.description = NetworkDescription.model_validate(said)

    def __enter__(self) -> Unsealed:
        if self._should_stop():
            raise Cancelled
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def embed(self, images: torch.Tensor, convention: InputConvention) -> torch.Tensor:
        if self._should_stop():
            raise Cancelled
        with torch.no_grad():
            return self._network.body(convention.apply(images)).clone()


def kept_tiny(path: Path, name: str, people: int = PEOPLE, faces: int = 0) -> EncoderCard:
    """Bring a tiny encoder from a file that is written for it, read in this process: it is none of anybody's.

    Args:
        faces: how many painted faces its gallery has; none is kept where 0.
    """
    file = projection_file(path)
    painted_set = faces_of(painted_people(people=people), PaintedDetector(), _quiet, lambda: False)  # type: ignore[arg-type]
    drawn = Drawing(PaintedGenerator(), PaintedDetector(), faces) if faces else None  # type: ignore[arg-type]
    wishes = Wishes("arcface", None, (SIDE, SIDE), "RGB", "127.5", "cosine")
    with pytest.MonkeyPatch.context() as patch:
        for module in (trying, keeping):
            patch.setattr(module, "SealedNetwork", Unsealed)
        tried = trying.try_network(file, None, lambda: painted_set, wishes)
        return keeping.keep_network(tried, tried.proposed.convention, Naming("for tests", name), [painted_set], drawn)


def _quiet(said: str, done: int, total: int) -> None:
    pass
