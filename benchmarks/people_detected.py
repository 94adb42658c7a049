"""The part `detected` of `benchmarks.people`: how often the detector finds people of either renderer.

One picture of each person at 128 px, yaw within 45 degrees, the same scene for both renderers; the path tracer with 16
samples a pixel. A face is found where the middle of a box lies within the bounds of the picture's landmarks. Intervals
are by person; where all are found, the lower end is that of the rule of three.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Part
from benchmarks.people_rows import Rows
from explorer.science.evaluation.same_person import share_of_people
from explorer.science.faces.detection import Detector
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import drawn_people
from explorer.studio.people.values import RENDERERS, PeopleSettings, Renderer

PEOPLE, SIZE, SAMPLES, YAW = 500, 128, 16, 45.0
FIGURES = tuple(f"detected_{renderer}" for renderer in RENDERERS)


def measure_detected(
    work: Path,
    people: int = PEOPLE,
    renderers: Iterable[Renderer] = RENDERERS,
    size: int = SIZE,
    samples: int = SAMPLES,
) -> Part:
    """Draw who is not drawn yet, and look for their faces."""
    detector = Networks("cpu").detector()
    headline, details = {}, dict[str, Any]()
    for renderer in renderers:
        settings = PeopleSettings(renderer=renderer, size=size, samples=samples, yaw=YAW)
        rows = _looked_for(work / f"{renderer}.jsonl", settings, range(people), detector)
        known = np.array([row["found"] for row in rows.of(range(people))])
        share = share_of_people(np.arange(people), known.astype(float))
        assert share is not None, "there is somebody"
        headline[f"detected_{renderer}"] = share.value
        missed = np.flatnonzero(~known).tolist()
        of_samples = {"samples": samples} if renderer == "path" else {}
        about = {"people": people, "size": size, "yaw": YAW, **of_samples}
        details[f"detected_{renderer}"] = {**about, "share": share.model_dump(), "missed_seeds": missed}
    return Part(headline, details)


def _looked_for(file: Path, settings: PeopleSettings, seeds: range, detector: Detector) -> Rows:
    rows = Rows(file, settings.model_dump(mode="json"))
    missing = rows.missing(seeds)
    scenes = [draw_scene(draw_person(seed), 0, yaw=YAW) for seed in missing]
    if scenes:
        for seed, one in zip(missing, drawn_people(scenes, settings, load_morphable_model()), strict=True):
            rows.add(seed, found=found(one, [np.asarray(face.box, float) for face in detector.detect(one.pixels)]))
    return rows


def found(drawn: Rendered, boxes: list[NDArray[np.float64]]) -> bool:
    """Whether a box of the detector's has its middle within the bounds of the picture's landmarks."""
    points = drawn.landmarks().points
    middles = [(box[:2] + box[2:]) / 2 for box in boxes]
    return any((points.min(0) < middle).all() and (middle < points.max(0)).all() for middle in middles)
