"""Debiased encoders from the command line: trained for a few steps, judged, exported, and an encoder like any other."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

from explorer.science.networks.fine_tuning import changes_of, graph_of, weights_of
from explorer.science.recognition.registry import ENCODERS
from explorer.science.training import debiasing as training
from explorer.science.training import fresh_probes as probing
from explorer.studio.app import cli
from explorer.studio.catalogue import MissingNetwork, debiased_encoders
from explorer.studio.catalogue.brought_encoders import register_brought_encoders
from explorer.studio.catalogue.debiased_encoders import ID, load_changes
from explorer.studio.catalogue.networks import Networks, known_encoder, network_sha256
from explorer.studio.commands import _evaluate_debiased, _train_debiased
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory import debiased_judged
from explorer.studio.laboratory.debiased_files import before_and_after
from explorer.studio.laboratory.debiasing_sweep import SweepPoint, sweep_figure
from explorer.studio.populations.debiasing_material import PeopleMaterial, labelled, medians_of, without_rare

TINY = (
    *(
        "--batch",
        "16",
        "--epochs",
        "1",
        "--pretraining",
        "1",
        "--layers",
        "2",
        "--width",
        "4",
        "--adversary-steps",
        "1",
    ),
    *("--rate", "0.001"),
)


def made_up(people=(8, 6, 6), each=2):
    """So many people of each split, with pictures of noise; every other one smiles."""
    random = np.random.default_rng(3)
    count = sum(people) * each
    split = np.repeat([0, 1, 2], [each * many for many in people])
    pictures = torch.from_numpy(random.integers(0, 256, (count, 112, 112, 3), dtype=np.uint8))
    labels = {"smile": torch.arange(count) % 2 * 0.8, "age": torch.arange(count) * 1.0}
    whose = torch.arange(count) // each
    return PeopleMaterial(pictures, whose, torch.from_numpy(split.astype(np.uint8)), labels, "made-up people", 0)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """People whom nobody has to look at, few epochs of probes, no set of photographs and no shipped encoder here."""

    def nothing(name):
        raise MissingNetwork(f"{name} is not here")

    changed = pytest.MonkeyPatch()
    for command in (_train_debiased, _evaluate_debiased):
        changed.setattr(command, "people_material", lambda *_: made_up())
    changed.setattr(debiased_judged, "paired_set", nothing)
    nowhere = tmp_path_factory.mktemp("nowhere") / "none.safetensors"
    changed.setattr(debiased_encoders, "debiased_file", lambda: nowhere)
    register_brought_encoders()
    changed.setattr(training, "_STEPS", 1)
    few = {name: one.__class__(**{**vars(one), "epochs": 1}) for name, one in probing.SETTINGS.items()}
    changed.setattr(probing, "SETTINGS", few)
    yield
    changed.undo()
    register_brought_encoders()


@pytest.fixture(scope="module")
def file(world, tmp_path_factory):
    """A debiased encoder of one step."""
    folder = tmp_path_factory.mktemp("debiased")
    out = folder / "tiny.safetensors"
    words = ("train", "debiased", "--people", folder, "--work", folder / "work", "--out", out, "--set", "orl", *TINY)
    assert cli.main([str(word) for word in words]) == 0
    return out


def run(capsys, *words):
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_the_file_holds_the_changes_of_weights_and_what_probes_tell(file):
    changes, record = load_changes(file)
    assert (record.encoder, record.hidden, record.people, record.pictures) == ("arcface-mbf", "smiling", 8, 16)
    assert record.sha256 == network_sha256("arcface-mbf")
    assert [one.learnt_from for one in record.leaks] == ["the encoder's", "others"]
    assert all(one.after.best.people == 12 for one in record.leaks)
    assert [(one.set, one.people) for one in record.verified] == [("the set's other people", 12)]
    assert file.stat().st_size < 4 * 2**20
    assert "smiling told afresh, after; probes learnt on others" in file.with_suffix(".md").read_text()
    before, after, _ = before_and_after(file)
    found = changes_of(after.body, before.body)
    assert all(torch.allclose(found[name], values, atol=1e-6) for name, values in changes.items())
    assert any(values.any() for values in changes.values())


def test_what_is_exported_computes_the_same(file, capsys, tmp_path):
    pictures = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(2))
    before, after, _ = before_and_after(file)
    here = after(pictures)
    assert not torch.allclose(here, before(pictures), atol=1e-3)
    assert run(capsys, "networks", "export", "--file", file, "--out", tmp_path / "whole.onnx")[0] == 0
    session = onnxruntime.InferenceSession((tmp_path / "whole.onnx").read_bytes())
    name = session.get_inputs()[0].name
    (there,) = session.run(None, {name: (2 * pictures - 1).numpy()})
    np.testing.assert_allclose(there, here.numpy(), atol=1e-4 * float(here.abs().max()))
    about = session.get_modelmeta().custom_metadata_map["likeness"]
    assert json.loads(about)["attributes"][0]["name"] == "smiling"
    assert run(capsys, "networks", "export", "--file", file, "--out", tmp_path / "whole.safetensors")[0] == 0
    held = load_file(tmp_path / "whole.safetensors")
    assert all(torch.equal(held[name], values) for name, values in weights_of(graph_of(after.body)).items())


def test_it_is_an_encoder_like_any_other_where_its_file_is_there(file, monkeypatch):
    assert ID not in ENCODERS
    with monkeypatch.context() as there:
        there.setattr(debiased_encoders, "debiased_file", lambda: file)
        networks = Networks("cpu")
        assert known_encoder(ID).title.endswith("without smiling")
        pictures = torch.rand(1, 3, 112, 112)
        torch.testing.assert_close(networks.recogniser(ID)(pictures), before_and_after(file)[1](pictures))
        assert network_sha256(ID) != network_sha256("arcface-mbf")
    register_brought_encoders()
    assert ID not in ENCODERS


def test_the_same_command_goes_on_and_evaluates(file, capsys, monkeypatch):
    changes, _ = load_changes(file)
    folder, again = file.parent, file.with_name("again.safetensors")
    monkeypatch.setattr(training, "debiasing_losses", None)  # no step is made
    monkeypatch.setattr(training, "embeddings_of", None)
    words = ("train", "debiased", "--people", folder, "--work", folder / "work", "--out", again, "--set", "orl", *TINY)
    code, said, complaints = run(capsys, *words)
    assert (code, "orl is left out" in complaints, "left out: smiling" in complaints) == (0, True, False)
    assert "smiling, probes learning on others" in said
    assert all(torch.equal(values, load_changes(again)[0][name]) for name, values in changes.items())
    code, said, _ = run(
        capsys, "evaluate", "debiased", "--file", file, "--people", folder, "--work", folder / "work", "--json"
    )
    among, *told = json.loads(said)
    assert (code, among["people"], among["before"]["value"] >= 0) == (0, 12, True)
    assert [one["learnt_from"] for one in told] == ["the encoder's", "others"]
    assert told[0]["before"]["linear"]["people"] == 12


def test_a_sweep_is_measured_once_and_drawn_where_there_is_what_to_draw(world, capsys, tmp_path):
    words = (
        *("train", "debiasing-sweep", "--people", tmp_path, "--work", tmp_path, "--lambda", "0", "--set", "orl"), *TINY
    )  # fmt: skip
    code, said, _ = run(capsys, *words)
    assert code == 0
    assert [line.split(":")[0] for line in said.splitlines()[-2:]] == ["lambda as it was", "lambda 0"]
    code, again, _ = run(capsys, *words)
    assert (code, again.splitlines()) == (0, said.splitlines()[-2:])
    assert run(capsys, *words, "--out", tmp_path / "curve.png")[0] == 0
    assert read_provenance(tmp_path / "curve.png")["kind"] == "sweep of debiasing"
    bare = SweepPoint.model_validate_json(next(tmp_path.glob("point-*.json")).read_bytes())
    bare = bare.model_copy(update={"record": bare.record.model_copy(update={"leaks": ()})})
    with pytest.raises(ValueError, match="no point has both"):
        sweep_figure([bare])


def test_what_cannot_be_is_refused_in_one_line(file, world, capsys, tmp_path):
    train = ("train", "debiased", "--people", tmp_path, "--work", tmp_path / "work")
    spoilt = tmp_path / "spoilt.safetensors"
    spoilt.write_bytes(file.read_bytes()[:300])
    for words, complaint in (
        ((*train, "--attribute", "landmarks"), "there are smiling"),
        ((*train, "--attribute", "age", "--attribute", "age"), "given twice"),
        ((*train, "--encoder", "dlib-resnet"), "of one ONNX graph"),
        ((*train, "--out", tmp_path / "x.pt"), "choose that ending"),
        (("evaluate", "debiased", "--file", file), "name sets of people"),
        (("evaluate", "debiased", "--file", file, "--people", tmp_path), "needs --work"),
        (("evaluate", "debiased", "orl", "--file", spoilt), "damaged"),
        (("evaluate", "debiased", "orl+fog", "--file", file), "made worse by"),
        (("evaluate", "debiased", "orl"), "train one with `likeness train debiased"),
        (("networks", "export", "--file", file, "--out", tmp_path / "x.pt"), "choose one of these endings"),
        (("train", "debiasing-sweep", *train[2:], "--adversarial", "3"), "--lambda"),
    ):
        code, _, complaints = run(capsys, *words)
        assert code == 2, words
        assert complaint in complaints
        assert len(complaints.strip().splitlines()) == 1


def test_values_are_parted_at_the_median_of_those_who_are_learnt_from():
    material = made_up()
    rows = material.only("train")
    medians = medians_of(material, rows, ["age", "smiling"])
    assert medians == {"age": 7.0}
    faces = labelled(material, rows, ["smiling", "age"], medians)
    assert faces.names["age"] == ("up to 7 years", "above 7 years")
    assert faces.classes["age"].tolist() == [0] * 8 + [1] * 8
    rare = labelled(material, rows, ["smiling"], {})
    assert len(without_rare(rare)) == 16
    with pytest.raises(ValueError, match="hardly any two classes"):
        without_rare(rare, fewest=9)
