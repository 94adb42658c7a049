"""A run and pictures that the figures' tests share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.record import EncoderScore, InversionRun, StepRecord, TargetRecord, WeightChange


def _score(encoder: str, score: float, threshold: float, **other: object) -> EncoderScore:
    facts: dict[str, object] = {
        "measure": "cosine",
        "attacked": False,
        "passes": True,
        "fmr": 0.0,
        "fmr_resolution": 2e-6,
        "rank": 1,
        "gallery": 1001,
    }
    return EncoderScore.model_validate({"encoder": encoder, "score": score, "threshold": threshold} | facts | other)


def made_up_run(steps: int = 40, name: str = "portrait.jpg", kind: str = "photograph") -> InversionRun:
    """A run with plausible numbers: every curve approaches its end exponentially."""

    def toward(first: float, last: float, index: int) -> float:
        return last + (first - last) * math.exp(-index / (steps / 5))

    records = []
    for index in range(steps + 1):
        cosine = toward(0.31, 0.94, index)
        losses = {"identity": 1 - cosine, "prior": toward(0.6, 1.7, index)}
        weights = {"identity": 1.0, "prior": 0.02 if index < 25 else 0.05}
        scores = {"arcface-mbf": cosine}
        if index % 10 == 0:
            scores |= {
                "sface": toward(0.28, 0.87, index),
                "edgeface-s": toward(0.2, 0.86, index),
                "dlib-resnet": toward(0.72, 0.31, index),
            }
        total = sum(losses[term] * weights[term] for term in losses)
        records.append(
            StepRecord(
                index=index,
                seconds=0.2 * index,
                total=total,
                losses=losses,
                weights=weights,
                cosine=cosine,
                scores=scores,
                best=index == steps,
                resolution=256 if index < steps - 5 else 512,
            )
        )
    return InversionRun(
        settings=InversionSettings(steps=steps),
        target=TargetRecord.model_validate(
            {"kind": kind, "name": name, "sha256": "ab" * 32, "encoder": "arcface-mbf", "norm": 21.4}
        ),
        steps=records,
        weight_changes=[WeightChange(step=25, term="prior", weight=0.05)],
        best_index=steps,
        stopped_by="steps",
        scores=[
            _score("arcface-mbf", 0.93, 0.35, attacked=True),
            _score("sface", 0.87, 0.52),
            _score("edgeface-s", 0.86, 0.41, fmr=4.2e-4, rank=3),
            _score("dlib-resnet", 0.31, 0.48, measure="euclidean", own_threshold=0.6, passes_own=True),
        ],
        starts_seconds=2.1,
        seconds=14.0,
        device="CPU, 2 threads",
        versions={"likeness": "0.1.0", "python": "3.12.1", "torch": "2.13.0"},
        networks={"arcface-mbf": "cd" * 32},
        created="2026-01-02T03:04:05Z",
    )


def made_up_picture(seed: int, side: int = 96) -> NDArray[np.uint8]:
    """A smooth colour pattern, different for every seed, without bright colours."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    waves = [np.sin(generator.uniform(2, 9, 2) @ np.stack([x.ravel(), y.ravel()])) for _ in range(3)]
    return np.uint8(100 + 99 * np.stack(waves, axis=-1).reshape(side, side, 3))
