"""What is registered, in its order; and that one more takes part without another line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.face import Face, Photograph
from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.model_files.reading import READERS, ModelReader
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.inversion.invert import invert
from explorer.science.inversion.methods import METHODS
from explorer.science.inversion.objective import Objective
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS, LossTarget, default_weights
from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import ENCODERS

ORDERS = {
    "encoders": (ENCODERS, "arcface-mbf sface edgeface-s dlib-resnet"),
    "terms": (TERMS, "identity landmarks histogram prior perceptual pixels"),
    "probes": (PROBES, "smiling eyeglasses hat gender expression age yaw pitch landmarks histogram"),
    "readers": (READERS, "basel-2009 basel-h5 3ddfa surrey flame ict"),
    "methods": (METHODS, "search answer decoder vec2face"),
}


@pytest.mark.parametrize("what", ORDERS)
def test_ids_and_their_order_are_part_of_files_and_stay(what):
    registry, order = ORDERS[what]
    assert registry.names() == tuple(order.split())


def test_entries_are_called_what_they_are_registered_as():
    for registry in (TERMS, PROBES, READERS, METHODS):
        assert all(entry.name == name for name, entry in registry.items())
    assert all(entry.spec.id == name for name, entry in ENCODERS.items())


def test_the_search_is_the_inversion_that_there_is():
    assert METHODS["search"].invert is invert


def test_probes_read_labels_that_there_are():
    assert {probe.label for probe in PROBES.values()} <= set(LABELS)


def objective() -> Objective:
    return Objective(LossTarget(torch.ones(4), "cosine"), InversionSettings(), None, None, None)  # type: ignore[arg-type]


def test_one_more_term_takes_part_and_one_that_is_switched_off_does_not():
    assert tuple(objective().terms) == ("identity", "prior")
    TERMS.register("second-prior", replace(TERMS["prior"], name="second-prior", default_weight=0.25))
    try:
        assert tuple(objective().terms) == ("identity", "prior", "second-prior")
        assert default_weights()["second-prior"] == 0.25
    finally:
        TERMS.unregister("second-prior")
    TERMS.disable("prior")
    try:
        assert tuple(objective().terms) == ("identity",)
    finally:
        TERMS.enable("prior")


def test_one_more_format_of_models_is_read_and_named_among_the_known(tmp_path):
    (tmp_path / "a.shape").write_bytes(b"shape")

    def refuse(path):
        raise MorphableModelError("it has no points")

    READERS.register("shape", ModelReader("shape", "Shape (.shape)", lambda path: path.suffix == ".shape", refuse))
    try:
        with pytest.raises(MorphableModelError, match=r"a\.shape: it has no points"):
            read_model_file(tmp_path / "a.shape")
        with pytest.raises(MorphableModelError, match=r"known are Basel 2009 .*, Shape \(\.shape\)$"):
            read_model_file(tmp_path / "b.shape")
    finally:
        READERS.unregister("shape")
    with pytest.raises(MorphableModelError, match=r"ending '\.shape'; known are Basel.*its folder of \.obj\)$"):
        read_model_file(tmp_path / "a.shape")


class Shades(torch.nn.Module):
    """Sixteen shades of grey, by a body with no weights or with parameters alone."""

    def __init__(self, scale: torch.nn.Parameter | None) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        shades = torch.nn.functional.adaptive_avg_pool2d(image.mean(1, keepdim=True), 4).flatten(1)
        return shades if self.scale is None else shades * self.scale


@pytest.mark.parametrize("scale", [None, torch.nn.Parameter(torch.ones(16))], ids=["no weights", "parameters alone"])
def test_any_module_can_be_an_encoder_s_body(scale):
    encoder = Encoder(replace(ENCODERS["sface"].spec, id="shades", dimension=16), Shades(scale))
    photograph = Photograph(np.full((64, 64, 3), 120, np.uint8), "grey.png", "ab" * 32)
    points = np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]])
    assert embed_face(encoder, photograph, Face(points, (10.0, 10, 54, 54), 0.9)).shape == (16,)
