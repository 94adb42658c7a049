"""What the registries of the inner rings offer to the window. They load torch: ask once the dispatcher is ready."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.science.generation.spec import GeneratorSpec
    from explorer.science.inversion.settings import InversionSettings
    from explorer.science.inversion.terms import Term
    from explorer.science.recognition.base import EncoderSpec
    from explorer.science.recognition.registry import Body


def encoders() -> tuple[EncoderSpec, ...]:
    """Return the description of every encoder that is not switched off, the default one first; of the optional ones
    those that have been fetched by now."""
    from explorer.science.recognition.registry import ENCODERS
    from explorer.studio.catalogue.encoders import switch_on_fetched

    switch_on_fetched()
    return tuple(entry.spec for entry in ENCODERS.enabled().values())


def every_encoder() -> tuple[EncoderSpec, ...]:
    """Return the description of every encoder, switched off or not: runs against any of them are drawn."""
    from explorer.science.recognition.registry import ENCODERS

    return tuple(entry.spec for entry in ENCODERS.values())


def generators() -> tuple[GeneratorSpec, ...]:
    """Return the description of every generator that is not switched off, the program's own first."""
    from explorer.science.generation.registry import GENERATORS

    return tuple(entry.spec for entry in GENERATORS.enabled().values())


def proposed_starts(settings: InversionSettings) -> int:
    """Return how many starts a regressor proposes to a run with these settings; 0 where there is none for them."""
    from explorer.studio.inversion.running import proposed_starts as offered

    return offered(settings)


def terms() -> tuple[Term, ...]:
    """Return every loss term that is not switched off, in the order of its sliders."""
    from explorer.science.inversion.terms import TERMS

    return tuple(TERMS.enabled().values())


def plugged_models() -> tuple[tuple[str, Path], ...]:
    """Return the morphable models that plug-ins bring: what each is called, and its file."""
    from explorer.science.geometry.model_files.reading import READERS
    from explorer.studio.catalogue.plugged import plugged_models

    return tuple((READERS[name].title, path) for name, path in plugged_models().items() if name in READERS)


def threshold(encoder: str) -> float | None:
    """Return an encoder's threshold at a false match rate of 1e-3; None where its impostors were not measured."""
    from explorer.science.recognition.registry import ENCODERS

    return _threshold(encoder, ENCODERS[encoder].body) if encoder in ENCODERS else None


@lru_cache(maxsize=64)
def _threshold(encoder: str, body: Body) -> float | None:
    """The body tells an encoder from another one that was imported under its name before."""
    from explorer.science.errors import LikenessError
    from explorer.studio.catalogue.networks import Networks

    try:
        reference = Networks("cpu").calibration(encoder)  # a small file of the project's own, and no network
    except LikenessError:  # who scores a result says what is wrong with it
        return None
    return None if reference is None else reference.threshold


def measure(encoder: str) -> str:
    """Return by which measure an encoder's embeddings are compared: "cosine" or "euclidean"; the former of an encoder
    that is not here any more, whose runs are still drawn."""
    from explorer.science.recognition.registry import ENCODERS

    return ENCODERS[encoder].spec.measure if encoder in ENCODERS else "cosine"
