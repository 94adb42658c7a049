"""A localiser held against what is known of faces: landmarks, pose and the sharpness of their mean texture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.alignment.faces import PosedFaces
from explorer.science.alignment.localiser import Alignment, Localiser
from explorer.science.alignment.measures import image_sharpness, landmark_distances, pose_distances
from explorer.science.alignment.transformer import SpatialTransformer

_AT_ONCE = 64


class AlignmentScores(BaseModel):
    """Of some faces. None where nothing of the faces tells it.

    faces: how many. landmarks: eq. 5.14, percent of the interocular distance. sharpness: AISM of the mean completed
    texture, colours in [0, 1]. pose: degrees between rotations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    faces: int
    landmarks: float | None = None
    sharpness: float | None = None
    pose: float | None = None


@dataclass(frozen=True, eq=False)
class AlignedFaces:
    """Faces as they were found, N of them.

    landmarks: (N,) percent of the interocular distance; pose: (N,) degrees; nan where the truth is not known.
    textures: (N, 3, S, S) float16 in [0, 1], completed.
    """

    found: Alignment
    landmarks: Tensor
    pose: Tensor
    textures: Tensor

    def scores(self, rows: Tensor | slice = slice(None)) -> AlignmentScores:
        """Of some of them, or of all."""
        textures = self.textures[rows]
        return AlignmentScores(
            faces=len(textures),
            landmarks=_mean(self.landmarks[rows]),
            sharpness=float(image_sharpness(mean_texture(textures))) if len(textures) else None,
            pose=_mean(self.pose[rows]),
        )


def mean_texture(textures: Tensor) -> Tensor:
    """The mean (3, S, S) of textures (N, 3, S, S)."""
    return textures.double().mean(0).float()


@torch.no_grad()
def aligned(localiser: Localiser | Alignment, transformer: SpatialTransformer, faces: PosedFaces) -> AlignedFaces:
    """Find faces and lay them flat.

    Args:
        localiser: on the transformer's device; as it is used, not as it is trained. Or where the faces are, to be
            measured alike: one for each.
    """
    device, parts, textures = transformer.mean.device, list[Alignment](), list[Tensor]()
    landmarks, pose = list[Tensor](), list[Tensor]()
    if isinstance(localiser, Localiser):
        was_training = localiser.training
        localiser.eval()
    for rows in torch.arange(len(faces)).split(_AT_ONCE):
        pictures = faces.seen(rows).to(device)
        found = localiser(pictures) if isinstance(localiser, Localiser) else localiser[rows].to(device)
        textures.append(transformer(pictures, found).completed.half().cpu())
        landmarks.append(landmark_distances(transformer.landmarks(found).cpu(), faces.landmarks[rows]))
        pose.append(pose_distances(found.rotation.cpu(), faces.rotation[rows]))
        parts.append(found.to("cpu"))
    if isinstance(localiser, Localiser):
        localiser.train(was_training)
    whole = Alignment(
        *(torch.cat([getattr(one, name) for one in parts]) for name in ("rotation", "translation", "scale", "identity"))
    )
    return AlignedFaces(whole, torch.cat(landmarks), torch.cat(pose), torch.cat(textures))


def _mean(values: Tensor) -> float | None:
    known = values[values.isfinite()]
    return float(known.mean()) if len(known) else None
