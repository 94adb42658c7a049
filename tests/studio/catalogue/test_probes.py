"""Probes at the command line: what they say of an embedding, and what they refuse."""

import json

import numpy as np
import pytest

from explorer.science.training import probes as recipes
from explorer.science.training.probes import ProbeRecipe
from explorer.studio.app import cli
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.probes import load_probes, save_probes
from explorer.studio.corpus.probe_training import train_encoder, work_folder
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import write_vector
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """Probes of a made-up corpus in place of those that ship; the folder they lie in."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "probes_file", lambda encoder: folder / f"probes-{encoder}.safetensors")
        whole = recipes._default
        patch.setattr(recipes, "_default", lambda kind: {"linear": whole(kind)["linear"]})
        corpus, data = write_corpus(tmp_path_factory.mktemp("corpus") / "c")
        read, recipe = read_dataset(corpus), ProbeRecipe()
        making = train_encoder(work_folder(corpus, read, recipe), read, "sface", recipe)
        save_probes("sface", {one.spec.name: one for one in making})
        yield folder, data


@pytest.fixture
def vector(shipped, tmp_path):
    return write_vector(tmp_path / "face.json", shipped[1].first["made-up"][4].numpy(), "sface")


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.mark.slow
def test_a_bare_embedding_is_read(shipped, vector, capsys):
    code, out, _ = run(capsys, "probe", vector, "--encoder", "sface")
    assert code == 0
    assert "Smile" in out
    assert "chance" in out
    assert "on generated faces: balanced accuracy" in out
    assert "MediaPipe" in out


@pytest.mark.slow
def test_json_holds_every_readout_with_all_that_belongs_to_it(shipped, vector, capsys):
    code, out, _ = run(capsys, "probe", vector, "--encoder", "sface", "--json")
    (record,) = json.loads(out)
    assert code == 0
    assert record["encoder"] == "sface"
    readouts = {one["probe"]: one for one in record["readouts"]}
    smile = readouts["smiling"]
    assert (smile["tells"], smile["chance"]) == (None, smile["test"]["chance"]), "no photographs were measured"
    assert 0 < smile["usual"] < 1
    assert np.array(readouts["landmarks"]["value"]).shape == (68, 2)
    assert np.array(readouts["histogram"]["value"]).sum(-1) == pytest.approx(np.ones(3), abs=1e-5)
    truth = shipped[1].labels
    assert readouts["age"]["value"] == pytest.approx(float(truth["age"][4]), abs=3 * readouts["age"]["margin"])
    assert readouts["smiling"]["test"]["measure"] == "balanced accuracy"
    assert readouts["smiling"]["portraits"] is None


@pytest.mark.slow
def test_an_embedding_of_another_encoder_is_refused(shipped, vector, tmp_path, capsys):
    code, _, err = run(capsys, "probe", vector, "--encoder", "dlib-resnet")
    assert code == 2
    wrong = tmp_path / "wrong.npy"
    np.save(wrong, np.ones(512, np.float32))
    code, _, err = run(capsys, "probe", wrong, "--encoder", "sface")
    assert code == 2
    assert "512" in err
    assert "128" in err


def test_missing_and_damaged_probes_are_said_in_one_line(shipped):
    with pytest.raises(UserError, match="likeness train probes --work DIR --encoder edgeface-s"):
        load_probes("edgeface-s")
    (shipped[0] / "probes-arcface-mbf.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="damaged"):
        load_probes("arcface-mbf")
    with pytest.raises(UserError, match="no encoder called"):
        load_probes("facenet")


def test_an_embedding_is_altered_first_and_said_to_be(shipped, vector, tmp_path, capsys):
    code, out, _ = run(
        capsys, "probe", vector, "--encoder", "sface", "--noise", 1, "--bits", 3, "--drop", 0.5, "--json"
    )
    (record,) = json.loads(out)
    assert code == 0
    assert record["vector_edit"] == {"noise": 1.0, "bits": 3, "drop": 0.5, "noise_seed": 0}
    assert record["nearness"]["score"] < 0.9
    plain = json.loads(run(capsys, "probe", vector, "--encoder", "sface", "--json")[1])[0]
    assert plain["vector_edit"] is None
    assert plain["readouts"][0]["probability"] != record["readouts"][0]["probability"]
    code, out, _ = run(capsys, "probe", vector, "--encoder", "sface", "--bits", 3)
    assert "altered: 3 bits; cosine to the unaltered one 0.9" in out


def test_readouts_are_written_to_a_table_of_one_source(shipped, vector, tmp_path, capsys):
    code, out, err = run(capsys, "probe", vector, "--encoder", "sface", "--out", tmp_path / "read.csv")
    assert code == 0, err
    assert "read.csv.json" in out
    assert (tmp_path / "read.csv").read_text().startswith("subject,encoder,probe,part")
    code, _, err = run(capsys, "probe", vector, vector, "--encoder", "sface", "--out", tmp_path / "two.csv")
    assert code == 2
    assert "one source" in err
