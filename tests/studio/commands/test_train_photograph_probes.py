"""`likeness train probes --photographs`: what it writes, where it is used, and what it refuses."""

import json
import stat

import numpy as np
import pytest
from PIL import Image

from explorer.science.evaluation import people as evaluation
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.probes import load_probes, own_probes_file, probes_file, probes_in_use
from explorer.studio.faces.vectors import write_vector
from tests.studio.corpus.people_kit import PEOPLE, see_colours, write_people


@pytest.fixture
def people(tmp_path):
    return write_people(tmp_path / "people")


@pytest.fixture(autouse=True)
def looked(monkeypatch, tmp_path):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(evaluation, "DRAWS", 50)
    return see_colours(monkeypatch)


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def fit(capsys, people, out, *more):
    return run(capsys, "train", "probes", "--photographs", people, "--encoder", "sface", "--out", out, *more)


def test_probes_say_on_whom_they_were_fitted_and_judged(people, tmp_path, capsys):
    code, said, complaints = fit(capsys, people, tmp_path / "out")
    assert (code, complaints) == (0, "")
    assert "96 photographs of 24 people" in said
    assert "fitted on 64 photographs of 16 people; judged on 8 others" in said
    assert "not fitted: hat: at least 3 people must show each of two classes; people who do: none 16, worn 0" in said
    for file in (tmp_path / "out").glob("probes-*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    card = (tmp_path / "out" / "probes-sface.md").read_text()
    assert "fitted on 64 photographs of 16 people; judged on 8 others" in card
    assert str(tmp_path) not in card


def test_they_are_read_by_where_they_are_named(people, tmp_path, capsys):
    fit(capsys, people, tmp_path / "out", "--probe", "smiling", "--probe", "age")
    vector = write_vector(tmp_path / "face.json", np.ones(128, np.float32), "sface")
    file = tmp_path / "out" / "probes-sface.safetensors"
    code, said, _ = run(capsys, "probe", vector, "--probes", file)
    assert code == 0
    assert "Fitted on 64 photographs of 16 people; judged on 8 others." in said
    assert "Hat" not in said
    record = json.loads(run(capsys, "probe", vector, "--probes", file, "--json")[1])[0]
    assert {one["fitted_on"] for one in record["readouts"]} == {
        "fitted on 64 photographs of 16 people; judged on 8 others"
    }
    code, _, complaints = run(capsys, "probe", vector, "--probes", file, "--encoder", "dlib-resnet")
    assert (code, complaints.count("\n")) == (2, 1)
    assert "holds probes of sface, not of dlib-resnet" in complaints


def test_kept_probes_read_every_embedding_until_their_file_is_removed(people, tmp_path, capsys):
    code, said, _ = fit(capsys, people, tmp_path / "out", "--keep", "--probe", "smiling")
    assert code == 0
    assert "read by these probes from now on" in said
    own = own_probes_file("sface")
    assert own is not None
    assert probes_in_use("sface") == own
    assert list(load_probes("sface").probes) == ["smiling"]
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    own.unlink()
    assert probes_in_use("sface") == probes_file("sface")


def test_the_same_command_goes_on_where_it_was(people, tmp_path, capsys, looked):
    first = fit(capsys, people, tmp_path / "out", "--probe", "smiling")[1]
    seen = len(looked)
    weights = (tmp_path / "out" / "probes-sface.safetensors").read_bytes()
    assert fit(capsys, people, tmp_path / "out", "--probe", "smiling")[1] == first
    assert len(looked) == seen
    assert (tmp_path / "out" / "probes-sface.safetensors").read_bytes() == weights


def test_too_few_people_are_refused_before_anything_is_looked_at(tmp_path, capsys, looked):
    few = write_people(tmp_path / "few", people=4)
    code, _, complaints = fit(capsys, few, tmp_path / "out")
    assert (code, complaints.count("\n"), looked) == (2, 1, [])
    assert "photographs of 4 people are too few" in complaints
    assert not (tmp_path / "out").exists()


def test_photographs_without_a_face_are_refused_in_one_line(tmp_path, capsys):
    for person in range(12):
        (tmp_path / "blank" / str(person)).mkdir(parents=True)
        Image.new("RGB", (32, 32), (255, 255, 255)).save(tmp_path / "blank" / str(person) / "1.png")
    code, _, complaints = fit(capsys, tmp_path / "blank", tmp_path / "out")
    assert (code, complaints.count("\n")) == (2, 1)
    assert "no usable face is found in the 12 photographs" in complaints


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--probe", "hat"), "hat: at least 3 people must show each of two classes"),
        (("--probe", "beauty"), "beauty"),
        (("--layout", "nowhere"), "--layout nowhere: folders are read in the layouts celeba"),
        (("--work", "corpus"), "give --out DIR, and no --work"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(people, tmp_path, capsys, more, said):
    code, _, complaints = fit(capsys, people, tmp_path / "out", *more)
    assert (code, complaints.count("\n")) == (2, 1)
    assert said in complaints


def test_options_of_photographs_are_refused_for_a_corpus(tmp_path, capsys):
    code, _, complaints = run(capsys, "train", "probes", "--work", tmp_path, "--keep")
    assert code == 2
    assert "--keep belongs to probes from photographs" in complaints
    code, _, complaints = run(capsys, "train", "probes")
    assert code == 2
    assert "--photographs FOLDER" in complaints


def test_a_file_that_holds_no_probes_is_refused(tmp_path, capsys):
    vector = write_vector(tmp_path / "face.json", np.ones(128, np.float32), "sface")
    (tmp_path / "half.safetensors").write_bytes(b"half")
    for file, why in (("half.safetensors", "no file of probes"), ("nowhere.safetensors", "cannot be read")):
        code, _, complaints = run(capsys, "probe", vector, "--probes", tmp_path / file)
        assert (code, complaints.count("\n")) == (2, 1)
        assert why in complaints


def test_everybody_is_on_one_side(people, tmp_path, capsys):
    from explorer.science.training.folders import LAYOUTS
    from explorer.studio.corpus.photograph_fitting import people_seen
    from explorer.studio.corpus.photographs_seen import SeenPhotographs, keys_of

    fit(capsys, people, tmp_path / "out", "--probe", "smiling")
    listing = LAYOUTS["people"].read(people)
    keys = [*keys_of(listing.faces)]
    seen = people_seen(listing, people, SeenPhotographs(tmp_path / "out" / "seen"), keys, ["sface"])
    judging = {int(one) for one in seen.judged.people[seen.apart]}
    fitted = {int(one) for one in seen.judged.people[~seen.apart]}
    assert not judging & fitted
    assert len(judging | fitted) == PEOPLE
