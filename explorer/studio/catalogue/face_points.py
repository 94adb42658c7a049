"""Where faces lie in what a generator draws: its own frame, which need not be that of the program's own generator."""

from __future__ import annotations

from collections.abc import Callable

import torch

from explorer.science.generation.generator import Generator
from explorer.science.inversion.objective import PointDetector
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.generators import PointsFound
from explorer.studio.catalogue.networks import Networks

DRAWN = 8
SEED = 5_000_000
_SIDE = 256
_TRUNCATION = 0.7


@torch.no_grad()
def find_points(generator: Generator, detector: PointDetector) -> PointsFound:
    """The median of the five points of a few drawn faces, in parts of the side.

    Returns:
        The points, None where a face is found in less than half of the images; and of how many it was, as "7 of 8".
    """
    found = []
    for w in generator.sample(DRAWN, SEED, _TRUNCATION)[1].split(1):
        image = generator.image(generator.styles(w, "W"), _SIDE)
        points, there = detector.points_in_frame(image)
        if bool(there[0]):
            found.append(points[0].double().cpu() / _SIDE)
    said = f"{len(found)} of {DRAWN}"
    if 2 * len(found) < DRAWN:
        return None, said
    middle = torch.stack(found).median(0).values
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in middle), said


def points_where_possible(generator: Generator, say: Callable[[str], object]) -> PointsFound:
    """As `find_points`, by the face detector; the common frame's points where its network is not here: that is said."""
    try:
        detector = Networks("cpu").detector()
    except MissingNetwork as error:
        say(f"no faces are looked for in its images: {error}")
        return None, ""
    return find_points(generator, detector)
