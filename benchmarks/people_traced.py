"""The part `path` of `benchmarks.people`: how long a traced picture takes.

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
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import drawn_people
from explorer.studio.people.values import PeopleSettings

SIZE, SAMPLES, YAW = 256, 64, 45.0


def measure_traced(people: int, sheet: Path | None = None, size: int = SIZE, samples: int = SAMPLES) -> Part:
    """Trace so many people, one picture each."""
    settings = PeopleSettings(renderer="path", size=size, samples=samples, yaw=YAW)
    model = load_morphable_model()
    scenes = [draw_scene(draw_person(seed), 0, yaw=YAW) for seed in range(people)]
    # The first picture is drawn twice: once for what is done once for all people.
    drawn = drawn_people([scenes[0], *scenes], settings, model)
    next(drawn)
    seconds, pictures = [], []
    begun = time.perf_counter()
    for one in drawn:
        seconds.append(time.perf_counter() - begun)
        pictures.append(one.pixels)
        begun = time.perf_counter()
    if sheet is not None:
        save_sheet(pictures, sheet)
    about = {"people": people, "samples": samples, "yaw": YAW, "slowest": max(seconds)}
    return Part({f"path_seconds_{size}": float(np.mean(seconds))}, {"path": about})


def save_sheet(pictures: list[NDArray[np.uint8]], sheet: Path) -> None:
    """Lay pictures out in rows of ten; those that fill no row are left out."""
    shown = pictures[: len(pictures) // 10 * 10] or pictures
    rows = [np.concatenate(shown[start : start + 10], 1) for start in range(0, len(shown), 10)]
    Image.fromarray(np.concatenate(rows)).save(sheet)
