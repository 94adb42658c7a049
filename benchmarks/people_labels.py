"""The part `labels` of `benchmarks.people`: whether what is said of a drawn picture is true.

`landmark_percent` is how far the 51 inner landmarks lie from those of dlib's predictor, in percent of the distance
between the outer corners of the eyes: the median over all landmarks of 200 people who look straight ahead, rasterised
at 256 px, with an interval by person. Beside it stands the mean way from dlib's to ours for each landmark, which says
whether one is misplaced. Our own points are where annotators put them (`science.synthetic.landmark_points`); people
from whom that was learnt are not among those judged.

That visibility equals rays tried with every triangle, and depth and normals those of a ball, are tests
(`tests/science/synthetic`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.common import Part
from benchmarks.people_rows import Rows
from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate
from explorer.science.faces.alignment import crop_frame, frame_matrix
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.science.leakage.labels.landmarks import LandmarkPredictor, interocular, points_of
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.science.synthetic.scene import Scene
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import load_morphable_model

PEOPLE, SIZE, INNER = 200, 256, 17
# From the people before it was learnt where landmarks lie.
FIRST = 1000
FIGURES = ("landmark_percent",)
Floats = NDArray[np.float64]


def measure_labels(work: Path, people: int = PEOPLE, size: int = SIZE, first: int = FIRST) -> Part:
    """Draw who is not drawn yet, and hold their landmarks against dlib's. first: the first person's seed."""
    seeds = range(first, first + people)
    rows = Rows(work / "landmarks.jsonl", {"size": size})
    _add_missing(rows, rows.missing(seeds), size)
    known = [(seed, np.array(row["away"])) for seed, row in zip(seeds, rows.of(seeds), strict=True) if row["away"]]
    away = np.stack([one for _, one in known])
    distances = np.linalg.norm(away, axis=2)
    percent = median_of_people(distances)
    details: dict[str, Any] = {
        "landmark_percent": percent.model_dump(),
        "people": people,
        "first_seed": first,
        "people_without_face": people - len(known),
        "size": size,
        "by_landmark": {
            str(INNER + number): {
                "percent": float(np.median(distances[:, number])),
                "right": float(np.median(away[:, number, 0])),
                "down": float(np.median(away[:, number, 1])),
            }
            for number in range(away.shape[1])
        },
    }
    return Part({"landmark_percent": percent.value}, {"labels": details})


def frontal(seed: int) -> Scene:
    """A person's first picture, looking straight ahead, with nothing worn."""
    scene = draw_scene(draw_person(seed), 0)
    straight = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, "gaze": (0.0, 0.0)}
    return scene.model_copy(update={**straight, "glasses": None, "hat": None})


def median_of_people(distances: Floats) -> Estimate:
    """The median of (N, L) distances, with its interval by person."""

    def value_of(people: torch.Tensor) -> float:
        return float(np.median(distances[people.numpy()]))

    low, high = interval_of_people(torch.arange(len(distances)), value_of) or (None, None)
    return Estimate(value=float(np.median(distances)), low=low, high=high)


def from_dlibs(one: Rendered, detector: Detector, predictor: LandmarkPredictor) -> Floats | None:
    """From dlib's landmarks to ours, (51, 2) in percent of the interocular distance; None where no face is found."""
    faces = detector.detect(one.pixels)
    if not faces:
        return None
    photograph = Photograph(one.pixels, "", "")
    frame = crop_frame(photograph, faces[0], LABEL_SIZE).frame
    matrix = frame_matrix(torch.from_numpy(faces[0].points)[None], LABEL_SIZE)[0].double().numpy()
    theirs = np.linalg.solve(matrix[:, :2], (points_of(predictor.shape(frame)) - matrix[:, 2]).T).T
    ours = one.landmarks().points
    return np.asarray(100 * (ours - theirs)[INNER:] / interocular(ours), np.float64)


def _add_missing(rows: Rows, seeds: list[int], size: int) -> None:
    if not seeds:
        return
    torch.set_num_threads(1)
    networks = Networks("cpu")
    detector, predictor = networks.detector(), networks.landmark_predictor()
    for seed, one in zip(
        seeds, render_scenes([frontal(seed) for seed in seeds], load_morphable_model(), size), strict=True
    ):
        away = from_dlibs(one, detector, predictor)
        rows.add(seed, away=None if away is None else away.round(4).tolist())
