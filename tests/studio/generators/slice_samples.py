"""A value of the slice of brought generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.generators.state import BROUGHT
from explorer.studio.session.slices import Slice


def card(name: str = "mine", **more: Any) -> GeneratorCard:
    given = {
        "id": name,
        "family": "StyleGAN2",
        "layout": "nvidia",
        "style_layers": 18,
        "width": 512,
        "resolution": 1024,
        "licence": "for tests",
        "source": f"{name}.pkl",
        "source_sha256": "12" * 32,
        "sha256": "34" * 32,
        "size": 120_000_000,
    }
    return GeneratorCard.model_validate({**given, **more})


def samples() -> Mapping[Slice[Any], Any]:
    return {BROUGHT: (card(),)}
