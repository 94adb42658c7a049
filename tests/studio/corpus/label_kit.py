"""Shards of a made-up corpus that follow its recipe, as the labellers would have filled them; and networks that draw,
find and embed in no time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from explorer.science.faces.face import Face
from explorer.science.leakage.labels import LABELS
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import CAMERAS_APART, SPLITS, CorpusRecipe, View, ViewPair
from explorer.science.training.edits import EDIT_KINDS, Direction, Directions
from explorer.science.training.redrawing import DrawingModels
from explorer.studio.corpus.editing import write_directions
from explorer.studio.corpus.label_collecting import planned
from explorer.studio.corpus.shards import ShardName, begin

PER_SHARD = 20
RECIPE = CorpusRecipe(faces=60, edits=20, per_shard=PER_SHARD, repeat=5, directions_from=40)
# Of every shard this face, by its place in it, shows no face.
ABSENT = 7
POINTS = np.array([[190, 240], [320, 240], [256, 310], [200, 370], [310, 370]], np.float32)


def made_up_labels(faces, seed):
    """Labels (N, ...) of every kind, none of them a multiple of anything."""
    random = torch.Generator().manual_seed(seed)
    made = {name: torch.rand(faces, *spec.shape, generator=random) for name, spec in LABELS.items()}
    made["landmarks"] = made["landmarks"] * 200 + 12
    made["areas"] = made["areas"].softmax(-1)
    made["eyeglasses"], made["hat"] = made["eyeglasses"] * 0.01, made["hat"] * 0.06
    made["expression"] = made["expression"] * 20 - 10
    made["age"], made["pose"] = made["age"] * 79 + 0.25, made["pose"] * 60 - 30
    made["histogram"] = torch.randint(0, 392, (faces, 3, 256), generator=random).int()
    return made


def made_up_directions():
    random = torch.Generator().manual_seed(3)
    normals = torch.nn.functional.normalize(torch.randn(len(EDIT_KINDS), 512, generator=random), dim=-1)
    found = [
        Direction(kind.name, normal, 0.5 + place / 8, 0.7, (1.0, 3.0))
        for place, (kind, normal) in enumerate(zip(EDIT_KINDS, normals, strict=True))
    ]
    return Directions(RECIPE.directions_from, {one.name: one for one in found})


def write_labelled(folder, recipe=RECIPE, base=range(3), edits=range(1), about=None):
    """Write these shards of base faces and of edits."""
    corpus, directions = begin(folder, recipe), made_up_directions()
    if edits:
        write_directions(corpus, directions)
    for name in [ShardName("base", one) for one in base] + [ShardName("edit", one) for one in edits]:
        numbers = range(name.number * PER_SHARD, (name.number + 1) * PER_SHARD)
        plans = [planned(recipe, name.kind, index, directions) for index in numbers if index % PER_SHARD != ABSENT]
        samples, count = [plan for plan, _ in plans], len(plans)
        repeated = torch.tensor([row for row, one in enumerate(samples) if one.index % recipe.repeat == 0])
        seed = 1000 * (name.kind == "edit") + name.number
        shift = 0.2 + 0.7 * torch.rand(count, 1, 1, generator=torch.Generator().manual_seed(seed))
        tensors = {
            "index": torch.tensor([one.index for one in samples]),
            "base": torch.tensor([one.base for one in samples]),
            "split": torch.tensor([SPLITS.index(one.split) for one in samples], dtype=torch.uint8),
            "seed": torch.tensor([one.seed for one in samples]),
            # The second camera found the third face of each shard.
            "view_seed": torch.tensor([one.view_seed + CAMERAS_APART * (at == 2) for at, one in enumerate(samples)]),
            "psi": torch.tensor([one.psi for one in samples]),
            "crossover": torch.tensor([one.crossover for one in samples], dtype=torch.uint8),
            "w": torch.randn(count, 512, generator=torch.Generator().manual_seed(seed)),
            "z": torch.zeros(count, 512),
            "first/points": torch.from_numpy(POINTS).expand(count, 5, 2) + shift,
            "first/sface": torch.zeros(count, 128),
            "second/sface": torch.zeros(count, 128),
            "repeat_rows": repeated,
            **{f"labels/{label}": values for label, values in made_up_labels(count, seed).items()},
            **{f"repeat/{label}": values for label, values in made_up_labels(len(repeated), seed + 500).items()},
        }
        if name.kind == "edit":
            names = [kind.name for kind in EDIT_KINDS]
            tensors["edit"] = torch.tensor([names.index(edit.name) for _, edit in plans], dtype=torch.uint8)
            tensors["distance"] = torch.tensor([edit.distance for _, edit in plans])
        corpus.write(name, tensors, [np.zeros((224, 224, 3), np.uint8)] * count, about or {})
    return corpus


class CannedGenerator:
    """Its w follow from the seed; its pictures are grey, as bright as the first number of w."""

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, z * truncation

    def image(self, styles, resolution):
        level = styles[:, 0, 0].sigmoid()
        return level[:, None, None, None].expand(-1, 3, resolution, resolution).clone()


class CannedDetector:
    """Finds every face where frames have it, or none for a while."""

    def __init__(self, blind=()):
        self.asked, self.blind = 0, set(blind)

    def detect_in_frames(self, pictures):
        return [self._face(pixels) for pixels in pictures]

    def _face(self, pixels):
        self.asked += 1
        if self.asked - 1 in self.blind:
            return None
        return Face(POINTS.astype(np.float64) * pixels.shape[0] / 512, (0, 0, 1, 1), 1.0)


class CannedEncoder:
    """Mean colours, repeated."""

    device = torch.device("cpu")

    def __init__(self, template, dimension):
        self.spec, self._dimension = SimpleNamespace(template=template, dimension=dimension), dimension

    def __call__(self, aligned):
        return aligned.mean((1, 2, 3), keepdim=False)[:, None].expand(-1, self._dimension).clone()


def seen_in_no_time(models, styles, size, view_seeds):
    """In place of `see_again`: no picture is drawn; embeddings tell the first number of w."""
    faces = models.detector.detect_in_frames([np.empty((size, size, 3), np.uint8)] * len(styles))
    seen = []
    for face, style, view_seed in zip(faces, styles, view_seeds, strict=True):
        vectors = {name: style[0, 0, :1].expand(one.spec.dimension).clone() for name, one in models.recognisers.items()}
        view = None if face is None else View(face.points.astype(np.float32), vectors, None)
        frame = np.zeros((224, 224, 3), np.uint8)
        seen.append(None if view is None else ViewPair(frame, view, view, view_seed))
    return seen


def canned_models(encoders=("sface",), blind=()):
    recognisers = {name: CannedEncoder(encoder_spec(name).template, encoder_spec(name).dimension) for name in encoders}
    return DrawingModels(CannedGenerator(), CannedDetector(blind), recognisers)
