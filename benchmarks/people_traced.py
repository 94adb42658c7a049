"""The part `path` of `benchmarks.people`: how long a traced picture takes, and whether the detector finds its face.

One picture of each person at 256 px, 64 samples a pixel, yaw within 45 degrees. Time is that of a clock on the wall, on
as many cores as the process may use: from a scene to its pixels, the process that traces being there already.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import Part
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import drawn_people
from explorer.studio.people.values import PeopleSettings

SIZE, SAMPLES, YAW = 256, 64, 45.0


def measure_traced(people: int, sheet: Path | None = None, size: int = SIZE, samples: int = SAMPLES) -> Part:
    """Trace so many people, one picture each."""
    settings = PeopleSettings(renderer="path", size=size, samples=samples, yaw=YAW)
    model, detector = load_morphable_model(), Networks("cpu").detector()
    scenes = [draw_scene(draw_person(seed), 0, yaw=YAW) for seed in range(people)]
    # The first picture is drawn twice: once for what is done once for all people.
    drawn = drawn_people([scenes[0], *scenes], settings, model)
    next(drawn)
    seconds, missed, pictures = [], [], []
    begun = time.perf_counter()
    for seed, one in enumerate(drawn):
        seconds.append(time.perf_counter() - begun)
        pictures.append(one.pixels)
        if not found(one, [np.asarray(face.box, float) for face in detector.detect(one.pixels)]):
            missed.append(seed)
        begun = time.perf_counter()
    if sheet is not None:
        save_sheet(pictures, sheet)
    headline = {f"path_seconds_{size}": float(np.mean(seconds)), "detected_path": 1 - len(missed) / people}
    about = {"people": people, "samples": samples, "yaw": YAW, "missed_seeds": missed, "slowest": max(seconds)}
    return Part(headline, {"path": about})


def found(drawn: Rendered, boxes: list[NDArray[np.float64]]) -> bool:
    """Whether a box of the detector's has its middle within the bounds of the picture's landmarks."""
    points = drawn.landmarks().points
    middles = [(box[:2] + box[2:]) / 2 for box in boxes]
    return any((points.min(0) < middle).all() and (middle < points.max(0)).all() for middle in middles)


def save_sheet(pictures: list[NDArray[np.uint8]], sheet: Path) -> None:
    """Lay pictures out in rows of ten; those that fill no row are left out."""
    shown = pictures[: len(pictures) // 10 * 10] or pictures
    rows = [np.concatenate(shown[start : start + 10], 1) for start in range(0, len(shown), 10)]
    Image.fromarray(np.concatenate(rows)).save(sheet)
