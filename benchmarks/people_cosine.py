"""The part `cosine` of `benchmarks.people`: how much nearer SFace sees one person's pictures than two people's.

Every person has a picture under each of three lights with each of four expressions, each by another camera and before
something else, with the head turned aside by up to 30 degrees; glasses and hats come and go as they do. The figure is
the mean cosine within people less that between them, with an interval by person. Both renderers draw the same scenes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from benchmarks.common import Part
from benchmarks.people_rows import Rows
from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.evaluation.same_person import Estimate
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.recognition.base import Encoder
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered
from explorer.science.synthetic.scene import Scene
from explorer.science.training.corpus import embed_together
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import drawn_people
from explorer.studio.people.values import RENDERERS, PeopleSettings, Renderer

PEOPLE, SIZE, SAMPLES, YAW, ENCODER = 50, 128, 16, 30.0, "sface"
FIGURES = tuple(f"cosine_gap_{renderer}" for renderer in RENDERERS)
LIGHTS = 3
_EXPRESSIONS: tuple[dict[str, float], ...] = (
    {},
    {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.65, "cheekSquintLeft": 0.35, "cheekSquintRight": 0.35},
    {"jawOpen": 0.25, "mouthFunnel": 0.2},
    {"browDownLeft": 0.6, "browDownRight": 0.6, "mouthFrownLeft": 0.4, "mouthFrownRight": 0.4},
)


def measure_cosine(
    work: Path,
    people: int = PEOPLE,
    renderers: Iterable[Renderer] = RENDERERS,
    size: int = SIZE,
    samples: int = SAMPLES,
) -> Part:
    """Draw who is not drawn yet, embed all, and compare."""
    networks = Networks("cpu")
    detector, encoder = networks.detector(), networks.recogniser(ENCODER)
    headline, details = {}, dict[str, Any]()
    for renderer in renderers:
        settings = PeopleSettings(renderer=renderer, size=size, samples=samples, yaw=YAW)
        rows = _embedded(work / f"{renderer}.jsonl", settings, range(people), detector, encoder)
        kept = [np.array(row["embeddings"], np.float64) for row in rows.of(range(people))]
        owner = np.repeat(np.arange(people), [len(one) for one in kept])
        gap = cosine_gap(np.concatenate([one for one in kept if len(one)]), owner)
        headline[f"cosine_gap_{renderer}"] = gap["gap"].value
        of_samples = {"samples": samples} if renderer == "path" else {}
        without = people * LIGHTS * len(_EXPRESSIONS) - len(owner)
        told = {name: one.model_dump() for name, one in gap.items()}
        about = {"people": people, "pictures": len(owner), "pictures_without_face": without, "size": size, "yaw": YAW}
        details[f"cosine_{renderer}"] = {**about, **of_samples, "encoder": ENCODER, **told}
    return Part(headline, details)


def scenes_of(seed: int) -> list[Scene]:
    """A person's pictures: every light with every expression, and of everything else another one each time."""
    person = draw_person(seed)
    drawn = [draw_scene(person, number, YAW) for number in range(LIGHTS * len(_EXPRESSIONS))]
    return [
        one.model_copy(
            update={
                "light": drawn[number % LIGHTS].light,
                "expression": tuple(_EXPRESSIONS[number // LIGHTS].items()),
            }
        )
        for number, one in enumerate(drawn)
    ]


def cosine_gap(rows: NDArray[np.float64], owner: NDArray[np.intp]) -> dict[str, Estimate]:
    """Mean cosines within people and between, and the gap, with intervals by person.

    Args:
        rows: (N, D) of length 1. owner: (N,) whose each is. People with fewer than two pictures do not count within.
    """
    names, whose = np.unique(owner, return_inverse=True)
    people = len(names)
    chosen = np.eye(people)[whose]
    sums = chosen.T @ (rows @ rows.T) @ chosen
    counts = chosen.sum(0)
    pairs = np.outer(counts, counts)
    own = np.diagonal(pairs) - counts
    # Of two pictures of a person; a picture with itself, whose cosine is 1, is none.
    within = np.divide(np.diagonal(sums) - counts, own, out=np.zeros(people), where=own > 0)
    across = np.where(np.eye(people, dtype=bool), 0.0, sums / pairs)

    def of_draws(times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        of_own = times * (own > 0)
        between = ((times @ across) * times).sum(1) / (times.sum(1) ** 2 - (times**2).sum(1))
        return of_own @ within / of_own.sum(1), between

    (one,), (other,) = of_draws(np.ones((1, people)))
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = of_draws(times_drawn(people))
    values = {"within": (one, first), "between": (other, second), "gap": (one - other, first - second)}
    return {name: _estimate(float(value), draws) for name, (value, draws) in values.items()}


def _estimate(value: float, draws: NDArray[np.float64]) -> Estimate:
    low, high = interval_of_draws(draws) or (None, None)
    return Estimate(value=value, low=low, high=high)


@torch.no_grad()
def _embedded(file: Path, settings: PeopleSettings, seeds: range, detector: Detector, encoder: Encoder) -> Rows:
    rows = Rows(file, {**settings.model_dump(mode="json"), "expressions": _EXPRESSIONS, "encoder": ENCODER})
    scenes = [(seed, scenes_of(seed)) for seed in rows.missing(seeds)]
    if scenes:
        drawn = drawn_people([scene for _, some in scenes for scene in some], settings, load_morphable_model())
        for seed, some in scenes:
            found = list(_embeddings(islice(drawn, len(some)), detector, encoder))
            rows.add(seed, embeddings=[one.tolist() for one in found])
    return rows


def _embeddings(drawn: Iterable[Rendered], detector: Detector, encoder: Encoder) -> Iterator[NDArray[np.float64]]:
    """The embeddings of the pictures that show a face."""
    for one in drawn:
        faces = detector.detect(one.pixels)
        if faces:
            (told,) = embed_together({ENCODER: encoder}, [(Photograph(one.pixels, "", ""), faces[0])])
            yield F.normalize(told[ENCODER].float(), dim=0).double().numpy().round(6)
