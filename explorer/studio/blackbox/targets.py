"""What is attacked: a photograph, which the black box is asked about first, or a vector that it has given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from explorer.science.blackbox.methods import FRAME
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.studio.blackbox.record import AttackedTarget
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.faces.vectors import is_vector_file, load_vector
from explorer.studio.inversion.targets import Others, open_photograph


@dataclass(frozen=True, eq=False)
class BlackBoxTarget:
    """A target.

    vector: (D,) of the black box; None where it has to be asked. shown: (256, 256, 3) uint8, the photograph's face as
    the black box is shown it. frame: the same at (1024, 1024, 3). judged_by: the photograph's embeddings, (D,) by
    encoder. The last three are empty where there is no photograph.
    """

    record: AttackedTarget
    vector: Tensor | None = None
    shown: NDArray[np.uint8] | None = None
    frame: NDArray[np.uint8] | None = None
    judged_by: Mapping[str, Tensor] = field(default_factory=dict)


def blackbox_target(
    networks: Networks,
    path: Path,
    number: int | None = None,
    points: ArrayLike | None = None,
    others: Others = lambda photograph, taken, count: None,
) -> BlackBoxTarget:
    """Read a photograph, or a file with a vector of the black box; args and errors as `open_target`."""
    if not is_vector_file(path):
        return photograph_target(networks, *open_photograph(networks, path, number, points, others))
    stored = load_vector(path)
    record = AttackedTarget(kind="vector", name=stored.name, sha256=stored.sha256)
    return BlackBoxTarget(record, torch.from_numpy(stored.vector))


def photograph_target(networks: Networks, photograph: Photograph, face: Face) -> BlackBoxTarget:
    """A face of a photograph, with what every encoder that is here says of it.

    Raises:
        MissingNetwork: no encoder is in the cache.
    """
    judged_by = {name: embed_face(networks.recogniser(name), photograph, face) for name in present_encoders()}
    record = AttackedTarget(kind="photograph", name=photograph.name, sha256=photograph.sha256)
    shown, frame = (crop_frame(photograph, face, size).frame for size in (FRAME, 1024))
    return BlackBoxTarget(record, None, shown, frame, judged_by)
