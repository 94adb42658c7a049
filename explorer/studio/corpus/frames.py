"""The pictures of a corpus with their landmarks, for the training of landmark networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.science.training.corpus import SPLITS, Split
from explorer.science.training.landmark_cnn import Sample
from explorer.studio.corpus.shards import CorpusFolder, Kind, from_jpeg
from explorer.studio.errors import UserError


class CorpusFrames:
    """Frames of a split and dlib's landmarks in them, by number; kept as JPEGs, some 15 KB each, until asked for.

    Args:
        kinds: of the shards. Edits belong to training faces only.

    Attributes:
        edits: how many of the frames show edits.

    Raises:
        UserError: a shard cannot be read, or the split is empty.
    """

    def __init__(self, corpus: CorpusFolder, split: Split, kinds: Sequence[Kind] = ("base", "edit", "folder")) -> None:
        self._jpegs: list[bytes] = []
        self.edits = 0
        landmarks: list[NDArray[np.float32]] = []
        for name in (name for kind in kinds for name in corpus.names(kind)):
            shard = corpus.read(name)
            rows = np.flatnonzero(shard["split"].numpy() == SPLITS.index(split))
            self._jpegs += corpus.jpegs(name, rows.tolist())
            self.edits += len(rows) if name.kind == "edit" else 0
            landmarks.append(shard["labels/landmarks"].numpy()[rows])
        if not self._jpegs:
            raise UserError(
                f"the {split} split of {corpus.folder} is empty: make more faces with `likeness train corpus`"
            )
        self._landmarks = np.concatenate(landmarks)

    def __len__(self) -> int:
        return len(self._jpegs)

    def __getitem__(self, index: int) -> Sample:
        return from_jpeg(self._jpegs[index]), self._landmarks[index]
