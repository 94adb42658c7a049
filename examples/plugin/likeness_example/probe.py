"""A probe: how far the head is inclined to a shoulder, which MediaPipe's mesh says of every face of the corpus."""

from __future__ import annotations

from torch import Tensor

from explorer.science.leakage.probes import ProbeSpec


def roll(pose: Tensor) -> Tensor:
    """Yaw, pitch and roll in degrees, (N, 3), to the roll (N,)."""
    return pose[:, 2].float()


PROBE = ProbeSpec(
    name="roll",
    title="Roll",
    kind="regression",
    label="pose",
    labeller="MediaPipe",
    target=roll,
    unit="degrees",
)
