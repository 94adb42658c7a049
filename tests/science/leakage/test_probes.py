"""Probes: the thesis's shapes, what comes out, files of them, and what cannot be read."""

import numpy as np
import pytest
import torch

from explorer.science.leakage.fitted import (
    EmbeddingError,
    FittedProbe,
    ProbeFileError,
    decode_probes,
    encode_probes,
)
from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.labels.histogram import binned
from explorer.science.leakage.probes import PROBES, Architecture, Probe
from explorer.science.leakage.read import ProbeSet
from tests.science.leakage_kit import untrained

THESIS = Architecture((256, 256, 256), normalised=False)


@pytest.fixture(scope="module")
def probes():
    return {name: untrained(spec) for name, spec in PROBES.items()}


def count(probe):
    return [tuple(layer.weight.shape) for layer in probe.layers if isinstance(layer, torch.nn.Linear)]


def test_attributes_and_landmarks_have_the_thesiss_layers():
    assert count(Probe(PROBES["smiling"], 512, THESIS)) == [(256, 512), (256, 256), (256, 256), (1, 256)]
    assert count(Probe(PROBES["landmarks"], 512, THESIS))[-1] == (136, 256)
    histogram = Probe(PROBES["histogram"], 512, Architecture((8, 8), normalised=False))
    assert count(histogram) == [(8, 512), (8, 8), (30, 8)]


def test_every_probe_learns_a_label_that_there_is(probes):
    assert {spec.label for spec in PROBES.values()} <= set(LABELS)
    for name, fitted in probes.items():
        answers = fitted.answers(torch.randn(3, 512))
        assert answers.shape == (3, *PROBES[name].shape)


def test_each_colours_shares_sum_to_one(probes):
    shares = probes["histogram"].answers(torch.randn(4, 512))
    torch.testing.assert_close(shares.sum(-1), torch.ones(4, 3))


def test_bins_of_tensors_are_the_bins_of_arrays():
    counts = torch.randint(1, 99, (2, 3, 256), dtype=torch.int32)
    expected = torch.from_numpy(binned(counts.numpy()))
    torch.testing.assert_close(PROBES["histogram"].target(counts), expected)


def test_a_normalised_probe_does_not_care_for_the_length_of_an_embedding():
    probe = Probe(PROBES["age"], 8, Architecture((4,), normalised=True)).eval()
    probe.standardise(torch.randn(50, 8), torch.randn(50))
    one = torch.randn(3, 8)
    torch.testing.assert_close(probe(one), probe(7 * one))


def test_probes_come_back_from_their_file_saying_the_same(probes):
    data = encode_probes("arcface-mbf", 512, probes)
    assert len(data) < 3_000_000
    found = decode_probes(data, "arcface-mbf")
    assert list(found) == list(PROBES)
    embeddings = torch.randn(5, 512)
    for name, fitted in probes.items():
        assert found[name].record == fitted.record
        before, behind = fitted.answers(embeddings), found[name].answers(embeddings)
        torch.testing.assert_close(behind, before, atol=0.01, rtol=0)


@pytest.mark.parametrize("harm", [lambda data: data[:5000], lambda data: b"no", lambda data: b"\xff" * 100])
def test_a_damaged_file_is_refused(probes, harm):
    with pytest.raises(ProbeFileError, match="damaged"):
        decode_probes(harm(encode_probes("arcface-mbf", 512, probes)), "arcface-mbf")


def test_probes_of_another_encoder_are_refused(probes):
    with pytest.raises(ProbeFileError, match=r"for sface, not .* for arcface-mbf"):
        decode_probes(encode_probes("sface", 512, probes), "arcface-mbf")


def test_an_embedding_is_read_by_every_probe_with_all_that_belongs_to_an_answer(probes):
    readouts = ProbeSet("arcface-mbf", 512, probes).read(torch.randn(512))
    assert [one.probe for one in readouts] == list(PROBES)
    for one in readouts:
        classes = PROBES[one.probe].classes
        assert one.labeller
        assert one.calibrated_on == "no face at all"
        assert (one.probability is not None) == (one.usual is not None) == bool(classes)
        assert (one.margin is None) == (one.typical is None) == bool(classes)
        assert classes or np.shape(one.typical) == PROBES[one.probe].shape
        if classes:
            assert one.text in classes
            assert sum(one.probabilities.values()) == pytest.approx(1, abs=1e-5)
            assert one.probability == max(one.probabilities.values())


def test_the_usual_share_is_that_of_the_class_which_is_named(probes):
    readouts = {one.probe: one for one in ProbeSet("arcface-mbf", 512, probes).read(torch.randn(512))}
    smiling = readouts["smiling"]
    assert smiling.usual == (0.25 if smiling.text == "smiling" else 0.75)


@pytest.mark.parametrize("embedding", [torch.zeros(512), torch.full((512,), torch.nan), torch.ones(128)])
def test_what_is_no_embedding_of_the_encoder_is_refused(probes, embedding):
    with pytest.raises(EmbeddingError):
        ProbeSet("arcface-mbf", 512, probes).read(embedding)


def test_a_rare_attribute_is_named_where_it_is_likelier_than_usual():
    fitted = untrained(PROBES["hat"])
    assert fitted.decide(torch.tensor([0.1, 0.3])).tolist() == [0, 1]
    expression = untrained(PROBES["expression"])
    rare = expression.record.model_copy(update={"baseline": (0.9, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01)})
    said = FittedProbe(expression.probe, rare).decide(torch.tensor([[0.8, 0.1, 0.02, 0.02, 0.02, 0.02, 0.02]]))
    assert said.tolist() == [1]


def test_a_class_that_hardly_any_calibration_face_had_is_never_named():
    """One face of a thousand says nothing of how rare a class is: divided by its share, it would win everywhere."""
    expression = untrained(PROBES["expression"])
    seen = expression.record.model_copy(update={"baseline": (0.5, 0.0, 0.1, 0.2, 0.199, 0.001, 0.0)})
    answers = torch.tensor([[0.6, 0.02, 0.05, 0.1, 0.1, 0.03, 0.1], [0.1, 0.2, 0.02, 0.12, 0.1, 0.28, 0.18]])
    assert FittedProbe(expression.probe, seen).decide(answers).tolist() == [0, 3]
