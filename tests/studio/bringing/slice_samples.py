"""Values of the slices of networks that are being brought and that were."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.studio.bringing.state import BRINGING, OWN_ENCODERS
from explorer.studio.bringing.values import Bringing, Line
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.session.slices import Slice

LINE = Line("five points", "112 x 112", "RGB", "(x - 127.5) / 127.5", "cosine", 200, "0.99 [0.98, 1.00]", "3.10")


def card(name: str = "mine", **more: Any) -> EncoderCard:
    given = {
        "id": name,
        "architecture": "ONNX graph",
        "file_format": "ONNX",
        "layer": "y",
        "dimension": 32,
        "input": {
            "framing": "arcface",
            "size": (112, 112),
            "colour": "RGB",
            "mean": (127.5, 127.5, 127.5),
            "scale": (127.5, 127.5, 127.5),
            "per_image": False,
            "margin": 1.0,
            "measure": "cosine",
        },
        "proposed": True,
        "populations": [
            {
                "name": "openpeople",
                "people": 10,
                "photographs": 200,
                "pairs": 18_000,
                "auc": 0.99,
                "low": 0.9,
                "high": 1,
                "threshold": None,
            }
        ],
        "threshold": 0.3,
        "threshold_on": "260 pictures of 260 people (generated faces), 33,670 pairs",
        "licence": "for tests",
        "commercial": False,
        "source": f"{name}.onnx",
        "files": [f"{name}.onnx"],
        "sha256": "5e" * 32,
        "size": 14_000_000,
    }
    return EncoderCard.model_validate({**given, **more})


def samples() -> Mapping[Slice[Any], Any]:
    return {
        BRINGING: Bringing(Path("mine.onnx"), "tried", "y", "an ONNX graph", ("y",), "openpeople", (LINE,), "", "mine"),
        OWN_ENCODERS: (card(),),
    }
