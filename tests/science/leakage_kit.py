"""A made-up corpus whose embeddings say what its labels are, in known directions; and probes that learnt nothing."""

import numpy as np
import torch
import torch.nn.functional as F

from explorer.science.leakage.calibration import ProbabilityCalibrator
from explorer.science.leakage.fitted import FittedProbe, ProbeRecord
from explorer.science.leakage.labels.landmarks import LANDMARKS
from explorer.science.leakage.probes import Probe
from explorer.science.training.corpus import SPLITS
from explorer.science.training.dataset import Dataset


def mean_face():
    """(68, 2) pixels of the 224 px frame; the outer eye corners 100 px apart."""
    random = np.random.default_rng(5)
    points = random.uniform(60, 160, (LANDMARKS, 2)).astype(np.float32)
    points[36], points[45] = (60, 100), (160, 100)
    return torch.from_numpy(points)


def made_up_corpus(faces=600, dimension=16, noise=0.02, seed=0):
    """Eight directions of the embedding are causes: smile, glasses, hat, gender, age, yaw, pitch, brightness."""
    random = torch.Generator().manual_seed(seed)
    causes = torch.randn(faces, 8, generator=random)
    mixing = torch.linalg.qr(torch.randn(dimension, 8, generator=random))[0].T

    def seen():
        return causes @ mixing + noise * torch.randn(faces, dimension, generator=random)

    smile, glasses, hat, male, age, yaw, pitch, light = causes.T
    levels = torch.arange(256) - 128 - 30 * light[:, None]
    counts = (50_000 * F.softmax(-(levels / 30).square(), dim=1)).round().int()
    index = torch.arange(faces)
    places = torch.tensor([SPLITS.index(name) for name in ("train", "train", "train", "calibration", "test")])
    return Dataset(
        base=index,
        split=places[index % 5],
        edited=torch.zeros(faces, dtype=torch.bool),
        first={"made-up": seen()},
        second={"made-up": seen()},
        labels={
            "smile": 0.35 + 0.2 * smile,
            "eyeglasses": 0.003 + 0.001 * glasses,
            "hat": 0.02 + 0.01 * (hat - 1),
            "male": 0.5 + 0.2 * male,
            "expression": torch.stack([smile, hat, age, yaw, pitch, male, light], 1),
            "age": 35 + 10 * age,
            "pose": torch.stack([10 * yaw, 5 * pitch, yaw], 1),
            "landmarks": mean_face() + torch.stack([5 * yaw, 3 * pitch], 1)[:, None],
            "histogram": counts[:, None].expand(-1, 3, -1).contiguous(),
        },
        w=causes @ torch.randn(8, 512, generator=random),
        z=torch.randn(faces, 512, generator=random),
        single=torch.ones(faces, dtype=torch.bool),
        untruncated=index % 2 == 0,
    )


def untrained(spec, dimension=512):
    torch.manual_seed(len(spec.name))
    shape = torch.Size(spec.shape or (1,)).numel()
    classes = {"binary": 1, "categorical": len(spec.classes)}.get(spec.kind)
    record = ProbeRecord(
        preset="default",
        candidate="thesis's layers",
        hidden=(256, 256, 256),
        normalised=True,
        calibrator=None if classes is None else ProbabilityCalibrator(slope=1, shifts=(0,) * classes),
        baseline=(0.25,) * shape,
        margin=None if classes else 2.0,
        trained_on=10,
        calibrated_on="no face at all",
    )
    return FittedProbe(Probe(spec, dimension, record.architecture).eval().requires_grad_(False), record)
