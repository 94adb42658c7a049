"""`likeness evaluate impostors`: what is said of strangers, kept of them, and refused."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch

from explorer.science.evaluation.strangers import impostor_rates
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.commands import _evaluate_impostors
from explorer.studio.commands._standing import threshold_lines
from explorer.studio.evaluation.impostors_card import CARD_FMRS, impostors_card
from explorer.studio.evaluation.strangers import MeasuredSet, rows_of

FACES = places.resources() / "faces"


@pytest.fixture
def said(capsys):
    """Run the command line; return its exit code, what it said, and its complaints."""

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def people(tmp_path):
    for person, name in (("ada", "synthetic-p002.jpg"), ("bo", "synthetic-p005.jpg")):
        (tmp_path / "people" / person).mkdir(parents=True)
        shutil.copy(FACES / name, tmp_path / "people" / person / "1.jpg")
    return tmp_path / "people"


def measured(name, people=12, each=3):
    embeddings = torch.randn(people * each, 128, generator=torch.Generator().manual_seed(0))
    rates = impostor_rates(embeddings, torch.arange(people).repeat_interleave(each), encoder_spec("sface").measure)
    return MeasuredSet(name, {"sface": rates}, "Somebody is to be credited", ("one photograph is dark",))


@pytest.fixture
def canned(monkeypatch):
    monkeypatch.setattr(_evaluate_impostors, "measured_set", lambda name, encoders, networks, each: measured(name))


def test_a_table_says_of_whom_it_speaks(said, canned):
    code, out, err = said("evaluate", "impostors", "orl", "--encoder", "sface", "--fmr", "0.1", "--fmr", "1e-3")
    assert code == 0
    assert "orl: one photograph is dark" in err
    first, *_, row, legend, untold, credit = out.splitlines()
    assert first == "ORL: 36 photographs of 12 people, 594 pairs of strangers"
    assert row.split()[0] == "sface"
    assert "10 %: 0." in row
    assert row.endswith("1e-3: cannot be told")
    assert "generated impostors" in legend
    assert untold == "  Cannot be told: 594 pairs are too few, fewer than 30 would pass."
    assert credit == "  Somebody is to be credited."


def test_json_holds_the_rates_with_their_intervals(said, canned):
    code, out, _ = said("evaluate", "impostors", "orl", "openpeople", "--encoder", "sface", "--json")
    assert code == 0
    first, second = json.loads(out)
    assert (first["set"], second["set"]) == ("orl", "openpeople")
    assert (first["people"], first["photographs"], first["pairs"]) == (12, 36, 594)
    (row,) = first["encoders"]
    value, low, high = row["rate"]
    assert low <= value <= high
    assert row["at"] == {"0.001": None, "0.0001": None}


@pytest.mark.slow
def test_a_folder_of_people_is_measured_and_kept_as_counts(said, people, state):
    code, out, err = said("evaluate", "impostors", people, "--encoder", "sface", "--keep", "lab")
    assert code == 0
    assert out.startswith("people: 2 photographs of 2 people, 1 pairs of strangers")
    (file,) = (state / "impostors").iterdir()
    assert f"kept: {file}" in err
    assert file.stat().st_size < 3000, "counts, and no picture"
    code, out, _ = said("compare", FACES / "synthetic-p002.jpg", FACES / "synthetic-p005.jpg", "--encoder", "sface")
    assert code == 0
    assert out.splitlines()[-1].endswith("on lab")


def test_what_cannot_be_measured_or_kept_is_refused(said, people, tmp_path):
    code, _, err = said("evaluate", "impostors", tmp_path / "nowhere")
    assert code == 2
    assert "give a folder that holds one folder for each person" in err
    code, _, err = said("evaluate", "impostors", people, "--keep", "orl")
    assert code == 2
    assert "a name of at most 40 letters" in err
    code, _, err = said("evaluate", "impostors", people, people, "--keep", "lab")
    assert code == 2
    assert "give one" in err


@pytest.mark.slow
def test_one_person_holds_no_strangers(said, people):
    shutil.rmtree(people / "bo")
    code, _, err = said("evaluate", "impostors", people, "--encoder", "sface")
    assert code == 2
    assert "give photographs of several people" in err


def test_the_card_holds_every_set_and_its_rates(networks):
    sets = [measured("orl"), measured("generated")]
    card = impostors_card("impostors", [(one, rows_of(one, networks, CARD_FMRS)) for one in sets], None, 90)
    assert card.startswith("# impostors: how many strangers pass at a score\n")
    assert "`likeness train impostors`" in card
    assert "ORL, 36 photographs of 12 people, 594 pairs; generated faces" in card
    assert [line for line in card.splitlines() if line.startswith("## ")] == ["## ORL", "## generated faces"]
    assert card.count("| sface | ") == 2
    assert "{" not in card


def test_scores_without_statistics_say_what_makes_them_and_nothing_of_strangers():
    alone = [SimpleNamespace(standing=None, encoder=name) for name in ("mine", "another")]
    assert threshold_lines([]) == []
    (line,) = threshold_lines(alone[:1])
    assert line.endswith("of mine are made by likeness train gallery --encoder mine --work FOLDER")
    (line,) = threshold_lines(alone)
    assert line.endswith("of mine, another are made by likeness train gallery --encoder NAME --work FOLDER")
