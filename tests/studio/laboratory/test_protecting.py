"""Chosen faces' embeddings without an attribute: written together, each of whom it is, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.iteration import Steps
from explorer.studio.catalogue.modifiers import save_modifier
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.state import EMBEDDINGS, ENCODER
from explorer.studio.laboratory.handlers import LaboratoryHandlers
from explorer.studio.laboratory.protecting import protected_words
from explorer.studio.laboratory.requests import ProtectVectors
from explorer.studio.laboratory.values import ModifyChoice
from tests.studio.commands.test_lab_modify import made_up
from tests.studio.laboratory.test_controller import Desk


def test_many_are_written_at_once_with_what_they_come_from(tmp_path):
    modifier = made_up()
    file = save_modifier(modifier, "a card", tmp_path / "own.safetensors")
    vectors = np.random.default_rng(0).standard_normal((3, modifier.record.dimension)).astype(np.float32)
    out, choice = tmp_path / "protected.npy", ModifyChoice(attribute=modifier.record.attribute)
    request = ProtectVectors(
        out,
        modifier.record.encoder,
        choice,
        str(file),
        ("a.png", "b.png", "c.png"),
        ("a" * 64, "b" * 64, "c" * 64),
        vectors,
    )
    steps = Steps(LaboratoryHandlers(None).protect(request, None))
    list(steps)
    made = steps.result
    assert made.paths[0] == out
    assert np.load(out).shape == vectors.shape
    assert not np.allclose(np.load(out), vectors)
    record = read_provenance(out)
    assert record["command"][:5] == ["lab", "modify", "a.png", "b.png", "c.png"]
    assert [one["name"] for one in record["sources"]] == ["a.png", "b.png", "c.png"]
    assert protected_words(made).startswith(f"3 embeddings without {choice.attribute}; cosine")
    with pytest.raises(UserError, match="missing"):
        list(
            LaboratoryHandlers(None).protect(
                ProtectVectors(out, "sface", choice, str(tmp_path / "none.safetensors"), ("a",), ("a",), vectors[:1]),
                None,
            )
        )


def test_those_without_an_embedding_are_left_out_and_it_is_said(tmp_path):
    desk = Desk()
    desk.lab.protect([*desk.keys, "nobody"], tmp_path / "out.npy")
    (request,) = [one.request for one in desk.engine.submitted if isinstance(one.request, ProtectVectors)]
    encoder = desk.session[ENCODER]
    wanted = np.stack([desk.session[EMBEDDINGS][key][encoder] for key in desk.keys])
    np.testing.assert_array_equal(request.vectors, wanted)
    assert request.sha256s == tuple(key.partition("/")[0] for key in desk.keys)
    assert "Not all vectors are protected" in desk.notified()
    desk.settle()
    assert (tmp_path / "out.npy").read_text() == "2 without gender"
    assert desk.notified()[-1] == "The vectors are protected"
    desk.lab.protect(["nobody"], tmp_path / "out.npy")
    assert desk.notified()[-1] == "No vectors were protected"
