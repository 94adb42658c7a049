"""The figures of Deep Face Decoder that decoders draw: what each takes, and what it follows from. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.inversion.settings import LARGEST_SEED, InversionSettings
from explorer.studio.errors import UserError

_MANY = 60


@dataclass(frozen=True)
class FigurePreset:
    """A figure. note: what is seen in it. faces, decoders: how many it takes, at least and at most.

    one_encoder: whether all decoders have to be of one encoder; whole: whether none may be of a layer.
    asked: the settings that it follows from. slow: whether it takes more than moments.
    """

    title: str
    note: str
    faces: tuple[int, int] = (1, 12)
    decoders: tuple[int, int] = (1, 12)
    one_encoder: bool = False
    whole: bool = False
    asked: tuple[str, ...] = ()
    slow: bool = False


FIGURES: Mapping[str, FigurePreset] = {
    "1": FigurePreset("Faces, and what decoders draw of their embeddings", "A row a decoder"),
    "3": FigurePreset("Photographs as decoders of several encoders and perceptual networks draw them", "A row each"),
    "4": FigurePreset("Photographs as the decoders of two encoders draw them", "A row an encoder", decoders=(2, 2)),
    "5": FigurePreset(
        "Embeddings of an encoder and means of one of its layers, decoded",
        "A row a layer",
        decoders=(2, 2),
        one_encoder=True,
    ),
    "6": FigurePreset(
        "Decoders beside the search, with PSNR",
        "Above pictures the PSNR in dB; a search goes on for seconds, a decoder draws at once",
        slow=True,
    ),
    "7": FigurePreset("Decoders beside the mean face, with PSNR", "Above pictures the PSNR in dB"),
    "12": FigurePreset(
        "A face attacked in four ways, and what is left of that behind the decoder",
        "Above pictures the scores to who is shown and to who is aimed at, in the lower row those of what is decoded",
        faces=(2, 2),
        one_encoder=True,
        whole=True,
        asked=("budget",),
        slow=True,
    ),
    "14": FigurePreset(
        "Centroids of the clusters of a person's photographs, decoded",
        "A row an encoder, the largest cluster first; above pictures how many of the photographs are in it",
        faces=(2, _MANY),
        asked=("most", "threshold"),
    ),
    "15": FigurePreset(
        "Means of 1 to many embeddings of a person, decoded",
        "A row an encoder, photographs in an order that a seed draws; above pictures the score to the mean of all",
        faces=(2, _MANY),
        asked=("most", "seed"),
    ),
    "17": FigurePreset(
        "Embeddings taken apart, one part replaced by the mean of a class, and decoded",
        "(a) the face, (b) its embedding taken apart and put together",
        decoders=(1, 1),
        whole=True,
        asked=("attribute",),
    ),
}
"""By the paper's numbers: those that only decoders draw. Figures 8 to 11 are drawn without a decoder, too."""
_SCORES = "Above pictures the score to the face as it is"
CHANGED: Mapping[str, FigurePreset] = {
    "8": FigurePreset("Faces turned in steps of 30 degrees", f"{_SCORES}; decoded where there is a decoder"),
    "9": FigurePreset("Faces shifted by 20 % in four directions", f"{_SCORES}; decoded where there is a decoder"),
    "10": FigurePreset("Faces scaled by 0.5 and 1.5", f"{_SCORES}; decoded where there is a decoder"),
    "11": FigurePreset("Faces with eyes and mouth hidden", f"{_SCORES}; decoded where there is a decoder"),
}
"""Figures of changed faces."""
OF_SETS: Mapping[str, str] = {
    "2": "likeness train decoder --work DIR",
    "13": "likeness lab attack --set SET --method fgsm --defence decoder --out DIR",
    "16": "likeness lab templates --set SET --out DIR",
}
"""What shows the figures that no single faces are drawn in."""


class FigureSettings(BaseModel):
    """What a figure follows from besides faces, decoders and modifier.

    Example:
        >>> from explorer.studio.laboratory.figure_presets import FigureSettings
        >>> FigureSettings(number="15", seed=3).preset.faces
        (2, 60)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(max_length=8, description="of the figure in the paper")
    most: int = Field(8, ge=2, le=12, description="columns of clusters or means (figures 14 and 15)")
    threshold: float | None = Field(
        None, ge=-1e6, le=1e6, description="mean score at which clusters become one; the photographs' mean where None"
    )
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="of the order of photographs (figure 15)")
    budget: float = Field(8.0, gt=0, le=64, description="how much attacks may change a channel, of 255 (figure 12)")
    attribute: str = Field("gender", max_length=100, description="that is taken apart (figure 17)")
    search: InversionSettings = Field(
        default_factory=InversionSettings, description="of figure 6; its encoder is the first decoder's"
    )

    @property
    def preset(self) -> FigurePreset:
        """What the figure shows and takes.

        Raises:
            UserError: there is no such figure.
        """
        if self.number in OF_SETS:
            raise UserError(f"figure {self.number} is not of single faces: see `{OF_SETS[self.number]}`")
        if self.number not in FIGURES:
            there = sorted([*FIGURES, *CHANGED], key=int)
            raise UserError(f"no figure {self.number!r} is drawn of faces; there are {', '.join(there)}")
        return FIGURES[self.number]
