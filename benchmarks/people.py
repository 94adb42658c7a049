"""Synthetic people: how fast they are drawn, and whether the detector takes them for faces.

    python -m benchmarks.people [--part raster] [--people 100] [--sheet FILE.png]
    python -m benchmarks.people --part gender [--people 20000] [--photographs openpeople]

Each part puts its figures among the results that there are. `gender` is told of in `people_vectors`; this is `raster`.

One picture of each person, at 128 px, yaw within 45 degrees. Speed is taken in processor time of one thread, and given
for two cores: people are drawn one by one and share nothing, so that two processes draw twice as many. `raster` is
drawing alone, of scenes that are ready; `whole` counts the making of heads and hair, each person's for one picture. A
face counts as found where the detector's box meets the picture's landmarks: its middle lies within their bounds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.common import Part, write_part
from benchmarks.people_vectors import measure_gender
from explorer.science.synthetic.drawing import draw
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.portrait import portrait
from explorer.science.synthetic.truth import landmarks_of
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import load_morphable_model

FIGURES = (
    *("raster_per_second_128", "whole_per_second_128", "detected_raster"),
    *("gender_auc_own", "gender_auc_svm"),
)
PEOPLE, SIZE, YAW, CORES, BATCH = 100, 128, 45.0, 2, 4


@torch.no_grad()
def measure(people: int = PEOPLE, sheet: Path | None = None) -> tuple[dict[str, float], dict[str, Any]]:
    """Draw so many people, one picture each; the headlines and what is behind them."""
    torch.set_num_threads(1)
    model, detector = load_morphable_model(), Networks("cpu").detector()
    scenes = [draw_scene(draw_person(seed), 0, yaw=YAW) for seed in range(people)]
    portrait(scenes[0], model, SIZE)  # what is done once for all people
    making = drawing = 0.0
    pictures, missed = [], []
    for first in range(0, people, BATCH):
        begun = time.process_time()
        some = [portrait(scene, model, SIZE) for scene in scenes[first : first + BATCH]]
        made = time.process_time()
        light, background = (torch.stack([getattr(one, name) for one in some]) for name in ("light", "background"))
        drawn = draw([one.surface for one in some], [one.view for one in some], light, background)
        drawing, making = drawing + time.process_time() - made, making + made - begun
        for index, one in enumerate(some):
            pixels = (255 * drawn.pictures[index]).round().byte().permute(1, 2, 0).numpy()
            pictures.append(pixels)
            points = landmarks_of(one).points
            boxes = [np.asarray(face.box, float) for face in detector.detect(pixels)]
            middles = [(box[:2] + box[2:]) / 2 for box in boxes]
            if not any((points.min(0) < middle).all() and (middle < points.max(0)).all() for middle in middles):
                missed.append(first + index)
    if sheet is not None:
        shown = pictures[: len(pictures) // 10 * 10]
        rows = [np.concatenate(shown[start : start + 10], 1) for start in range(0, len(shown), 10)]
        Image.fromarray(np.concatenate(rows)).save(sheet)
    headline = {
        "raster_per_second_128": CORES * people / drawing,
        "whole_per_second_128": CORES * people / (drawing + making),
        "detected_raster": 1 - len(missed) / people,
    }
    return headline, {"people": people, "yaw": YAW, "missed_seeds": missed}


def main() -> None:
    """Measure and write `benchmarks/results/people.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("raster", "gender"), default="raster")
    parser.add_argument("--people", type=int, help="how many are drawn; by default the part's own number")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--photographs", metavar="SET", help="judged beside the drawn people (gender)")
    options = parser.parse_args()
    given = {} if options.people is None else {"people": options.people}
    if options.part == "gender":
        part = measure_gender(**given, photographs=options.photographs)
    else:
        part = Part(*measure(**given, sheet=options.sheet))
    write_part("people", FIGURES, options.part, part)


if __name__ == "__main__":
    main()
