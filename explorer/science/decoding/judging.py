"""How near decoded pictures come to what the encoder saw (Deep Face Decoder, table 1), and how much better than none.

Each measure is taken over the whole frame and over the central face, and averaged over people.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.decoding.losses import central_face
from explorer.science.evaluation.lpips import Lpips
from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.pictures import peak_signal_to_noise, structural_similarity
from explorer.science.evaluation.same_person import Estimate

MEASURES = ("psnr", "ssim", "lpips", "face_psnr", "face_ssim", "face_lpips")
"""PSNR in dB, SSIM and LPIPS of the whole frame, and of the central face."""
# At which LPIPS is measured, whatever the pictures' side: 112 px, over AlexNet.
LPIPS_SIDE = 112


class MethodRow(BaseModel):
    """One way to say what an embedding shows, held against the pictures.

    name: decoder, or one of the baselines. faces: how many it was judged on; people: of how many.
    without_face: in how many of its pictures no face is found; held-out encoders say nothing of these.
    shown: in how many one was looked for; None for all.
    measures: means by name (`MEASURES`). gains: how much better than the mean face, positive where it is, on the same
        faces; over_nearest: than the nearest known face.
    cosines: with the photograph's embedding, by held-out encoder; None where its pictures show no face.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    faces: int
    people: int
    without_face: int = 0
    shown: int | None = None
    measures: dict[str, Estimate]
    gains: dict[str, Estimate] = {}
    over_nearest: dict[str, Estimate] = {}
    cosines: dict[str, Estimate | None] = {}


@torch.no_grad()
def picture_measures(wanted: Tensor, made: Tensor, lpips: Lpips) -> dict[str, Tensor]:
    """Compare pictures.

    Args:
        wanted, made: (N, 3, S, S) RGB in [0, 1], S at least 32.

    Returns:
        (N,) of each of `MEASURES`.
    """
    found: dict[str, Tensor] = {}
    for prefix, one, other in (("", wanted, made), ("face_", central_face(wanted), central_face(made))):
        found[f"{prefix}psnr"] = peak_signal_to_noise(one, other)
        found[f"{prefix}ssim"] = structural_similarity(one, other)
        found[f"{prefix}lpips"] = lpips(_for_lpips(one), _for_lpips(other))
    return found


def _for_lpips(pictures: Tensor) -> Tensor:
    if pictures.shape[-1] == LPIPS_SIDE:
        return pictures
    size = (LPIPS_SIDE, LPIPS_SIDE)
    return F.interpolate(pictures, size=size, mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)


def mean_of_people(values: Tensor, people: Tensor) -> Estimate | None:
    """The mean of (N,) values in which every person counts alike, and its interval by person.

    Args:
        people: (N,) whose each is. values that are not finite do not count.

    Returns:
        None where no value is finite.

    Example:
        >>> import torch
        >>> from explorer.science.decoding.judging import mean_of_people
        >>> mean_of_people(torch.tensor([0.0, 0.0, 0.0, 4.0]), torch.tensor([0, 0, 0, 1])).value
        2.0
    """
    counted = values.isfinite()
    values, people = values[counted].double(), people[counted]
    if not len(values):
        return None
    mean = torch.stack([values[people == person].mean() for person in people.unique()])
    interval = interval_of_people(torch.arange(len(mean)), lambda rows: float(mean[rows].mean()))
    low, high = interval or (None, None)
    return Estimate(value=float(mean.mean()), low=low, high=high)


def method_row(
    name: str,
    measures: Mapping[str, Tensor],
    people: Tensor,
    *,
    mean_face: Mapping[str, Tensor] | None = None,
    nearest: Mapping[str, Tensor] | None = None,
    cosines: Mapping[str, Tensor] | None = None,
    without_face: int = 0,
    shown: int | None = None,
) -> MethodRow:
    """A row of the table.

    Args:
        measures: (N,) by name, of `picture_measures`. people: (N,).
        mean_face: the same of the mean face; None for itself. nearest: of the nearest known face; None where it is
            not compared with that.
        cosines: (N,) by held-out encoder, nan where no face was found or looked for.
        without_face, shown: as of `MethodRow`.
    """
    means = {measure: mean_of_people(values, people) for measure, values in measures.items()}
    return MethodRow(
        name=name,
        faces=len(people),
        people=len(people.unique()),
        without_face=without_face,
        measures={measure: mean for measure, mean in means.items() if mean is not None},
        gains=_gains(measures, mean_face, people),
        over_nearest=_gains(measures, nearest, people),
        cosines={encoder: mean_of_people(values, people) for encoder, values in (cosines or {}).items()},
    )


def _gains(measures: Mapping[str, Tensor], other: Mapping[str, Tensor] | None, people: Tensor) -> dict[str, Estimate]:
    """How much better each measure is than another way's, positive where it is; nothing where there is no other."""
    found: dict[str, Estimate] = {}
    for measure, values in {} if other is None else measures.items():
        assert other is not None
        gain = values - other[measure]
        better = mean_of_people(-gain if measure.endswith("lpips") else gain, people)
        if better is not None:
            found[measure] = better
    return found
