"""What commands that take an embedding share: altering it first."""

from __future__ import annotations

from typing import Annotated

import typer

from explorer.science.leakage.edits import VectorEdit

NoiseOption = Annotated[
    float, typer.Option(min=0, max=4, help="Add noise to the embedding, of so many times its own length.")
]
BitsOption = Annotated[
    int | None, typer.Option(min=1, max=16, help="Keep each number of the embedding in so many bits. [default: all]")
]
DropOption = Annotated[float, typer.Option(min=0, max=0.99, help="Set this share of the embedding's numbers to zero.")]
NoiseSeedOption = Annotated[int, typer.Option(min=0, help="Seed of the noise and of which numbers are dropped.")]


def vector_edit(noise: float, bits: int | None, drop: float, noise_seed: int) -> VectorEdit:
    """The options as an edit."""
    return VectorEdit(noise=noise, bits=bits, drop=drop, noise_seed=noise_seed)
