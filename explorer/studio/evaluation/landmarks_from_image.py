"""What landmark networks find in the pictures of a set, for table 3.1: the thesis holds its CNN against the embedding.

The labeller's own word, the row "from image", says how far the labels themselves can be trusted; what a network that
was trained on them reaches by looking says how much of that an embedding leaves to be found.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.landmark_cnn import Architecture
from explorer.science.training.landmark_cnn import Samples, found_landmarks
from explorer.studio.catalogue.networks import Networks

# As rows of the table name them.
NAMES: dict[Architecture, str] = {"thesis": "thesis's CNN", "heatmap": "our CNN"}


def with_landmark_networks(judged: JudgedSet, frames: Samples, networks: Networks) -> JudgedSet:
    """The set together with what every landmark network finds in its pictures, where landmarks are known of it.

    Args:
        frames: those of the set's faces, in their order.

    Raises:
        UserError: a network's file is missing or damaged.
        ValueError: there are more or fewer frames than faces with known landmarks.
    """
    if "landmarks" not in judged.truths:
        return judged
    rows = judged.truths["landmarks"].rows
    if len(frames) != len(rows):
        raise ValueError(f"{judged.name}: {len(frames)} frames for {len(rows)} faces with landmarks")
    found = {
        name: {"landmarks": Truth(rows, found_landmarks(networks.landmarks(architecture), frames)[0])}
        for architecture, name in NAMES.items()
    }
    return replace(judged, regressed=found)
