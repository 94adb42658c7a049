"""A made-up list of people."""

import numpy as np

from explorer.studio.populations.list_file import PeopleList, rounded
from tests.science.training.photoreal_kit import EDITS


def made_up_list(people=3, pictures=4, seed=0):
    random = np.random.default_rng(seed)
    tries = random.integers(0, 5, (people, pictures), dtype=np.uint8)
    tries[:, 0] = 1
    codes = random.integers(-80, 81, (people, pictures, len(EDITS)), dtype=np.int8)
    codes[:, 0] = 0
    return PeopleList(
        recipe={"psi": 0.8, "pictures": pictures},
        thresholds={"facenet-irv1": 0.5, "hse-mobilenet": 0.6},
        edits=tuple(rounded(edit) for edit in EDITS),
        seeds=np.arange(people, dtype=np.int32) * 3 + 40,
        codes=codes,
        tries=tries,
        age=random.integers(18, 70, people).astype(np.uint8),
        male=random.integers(0, 256, people).astype(np.uint8),
    )
