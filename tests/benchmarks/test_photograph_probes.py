"""The judgement of ways to bring probes nearer to photographs, on made-up people of two sets."""

import pytest
import torch

from benchmarks import photograph_probes as ways
from explorer.science.evaluation import people as drawing
from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.fitted import FittedProbe, ProbeRecord
from explorer.science.leakage.probes import PROBES, Architecture, Probe

ENCODER, DIMENSION = "made-up", 6


def judged(name, people, seed, shift=0.0):
    """Eight photographs of each; the first number of an embedding says who smiles, the second misleads by `shift`."""
    random = torch.Generator().manual_seed(seed)
    seen = torch.randn(people * 8, DIMENSION, generator=random)
    whose = torch.arange(people).repeat_interleave(8)
    smiling = (seen[:, 0] > 0).float()
    seen[:, 1] += shift * torch.randn(people * 8, generator=random)
    truth = Truth(torch.arange(len(seen)), smiling)
    return JudgedSet(name, {ENCODER: seen}, {"smiling": truth}, {}, whose, by_hand=("smiling",))


def misled():
    """A probe that reads the second number as much as the first."""
    spec = PROBES["smiling"]
    probe = Probe(spec, DIMENSION, Architecture((), normalised=True))
    with torch.no_grad():
        probe.layers[0].weight.copy_(torch.tensor([[1.0, 1.0, 0, 0, 0, 0]]))
    record = ProbeRecord(
        preset="default", candidate="", hidden=(), normalised=True, calibrator=None, baseline=(0.5,), margin=None,
        trained_on=1, calibrated_on="nothing",
    )  # fmt: skip
    return FittedProbe(probe.eval(), record)


@pytest.fixture
def sets(monkeypatch, tmp_path):
    from safetensors.torch import save_file

    random = torch.Generator().manual_seed(5)
    save_file({ENCODER: torch.randn(300, DIMENSION, generator=random)}, tmp_path / "gallery.safetensors")
    monkeypatch.setattr(ways, "gallery_file", lambda encoder: tmp_path / "gallery.safetensors")
    monkeypatch.setattr(drawing, "DRAWS", 100)
    return [judged("openpeople", 10, 1, shift=3.0), judged("orl", 12, 2, shift=3.0)]


@pytest.mark.slow
def test_each_way_is_compared_with_the_shipped_probe_set_by_set(sets):
    found = ways.compared(sets, ENCODER, misled())
    assert found["shipped"]["auc"] == pytest.approx(sum(found["shipped"]["sets"].values()) / 2, abs=1e-3)
    assert found["openpeople"]["sets"]["orl"] > 0.95, "a ridge regression on the other set reads the right number"
    assert found["openpeople"]["helps"]
    assert found["by person"]["helps"]
    for name, one in found.items():
        if name != "shipped":
            change, low, high = one["change"]
            assert low <= change <= high


@pytest.mark.slow
def test_shrinking_what_people_differ_in_takes_out_what_misleads(sets):
    found = ways.compared(sets, ENCODER, misled())
    assert found["shared, within 0.3"]["auc"] > found["shipped"]["auc"]


@pytest.mark.slow
def test_a_probe_that_ships_now_is_a_way_of_its_own(sets):
    probe = misled()
    assert ways.compared(sets, ENCODER, probe, probe)["ships now"]["change"] == [0.0, 0.0, 0.0]


def test_nobody_is_judged_by_what_their_own_photographs_differ_in(sets):
    openpeople, asked = sets[0], []

    def differing(seen, people):
        asked.append(set(people.tolist()))
        return torch.eye(DIMENSION, dtype=torch.float64)

    about = {"encoder": ENCODER, "fitted": misled(), "generated": torch.eye(DIMENSION, dtype=torch.float64)}
    ways.shared(openpeople, source=openpeople, differing=differing, share=0.1, **about)
    assert asked == [set(range(10)) - {person} for person in range(10)]
    ways.shared(sets[1], source=openpeople, differing=differing, share=0.1, **about)
    assert asked[-1] == set(range(10))
