"""A small encoder of its own to register, and a cache that lacks some networks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.registry import ENCODERS, encoder_spec, register_encoder
from explorer.studio import catalogue, places

COLOURS = "mean-colours"


class _MeanColours(nn.Module):
    """(B, 3, 112, 112) to (B, 48): how far the mean colours of 4 x 4 fields lie from grey."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.register_buffer("grey", torch.tensor(0.5))

    def forward(self, image: Tensor) -> Tensor:
        fields: Tensor = nn.functional.adaptive_avg_pool2d(image, 4)
        return (fields - self.grey).flatten(1)


@contextmanager
def registered_colours() -> Iterator[str]:
    """Register an encoder that no impostor statistics, probes or gallery know; its name."""
    spec = EncoderSpec(
        id=COLOURS,
        title="Mean colours",
        network="sface",  # any file that is there
        dimension=48,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=None,
        licence="Apache-2.0",
        commercial=True,
    )
    register_encoder(spec, _MeanColours)
    try:
        yield COLOURS
    finally:
        ENCODERS.unregister(COLOURS)


def cache_without(root: Path, encoders: Collection[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program see a cache that holds every network but those of some encoders."""
    lacking = {encoder_spec(encoder).network for encoder in encoders}
    whole = {entry.id: entry.location() for entry in catalogue.catalogue().entries()}
    monkeypatch.setenv(places.CACHE_VARIABLE, str(root))
    for entry in catalogue.catalogue().entries():
        if entry.id not in lacking and whole[entry.id].exists():
            entry.location().parent.mkdir(parents=True, exist_ok=True)
            entry.location().symlink_to(whole[entry.id])
