"""`likeness evaluate realism`: which pictures are compared, what is told of them, and what is refused."""

from __future__ import annotations

import json
import shutil

import cv2
import pytest
import torch

from explorer.science.evaluation.feature_networks import FEATURES, PictureFeatures
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.pictures_compared import PEOPLE_SEED, pictures_of, see_pictures
from explorer.studio.people.sources import DrawnPeople
from explorer.studio.people.values import PeopleSettings

FACES = places.resources() / "faces"
PORTRAITS = ("astronaut.png", "synthetic-p002.jpg", "synthetic-p005.jpg", "synthetic-p009.jpg")


class Corners(torch.nn.Module):
    """The colours of a picture in four by four fields."""

    def forward(self, pictures):
        return torch.nn.functional.adaptive_avg_pool2d(pictures.permute(0, 3, 1, 2), 4).flatten(1)[:, None, None]


@pytest.fixture
def quick(monkeypatch):
    """Colours in place of a network's features: what is tested is what is done with these."""
    network = PictureFeatures(Corners(), 64, 1.0, 0.0)
    monkeypatch.setattr(Networks, "features", lambda self, name: network if name in FEATURES else FEATURES[name])
    return network


@pytest.fixture
def folders(tmp_path):
    """Portraits of four people, twice each; the same a little darker; and much darker."""
    for name, by in (("portraits", 1.0), ("dusk", 0.8), ("night", 0.3)):
        for number, portrait in enumerate(PORTRAITS):
            pixels = cv2.imread(str(FACES / portrait))
            for turn, part in enumerate((by, by * 0.95)):
                place = tmp_path / name / f"person {number}" / f"{turn}.png"
                place.parent.mkdir(parents=True, exist_ok=True)
                small = cv2.resize(pixels, (256, 256), interpolation=cv2.INTER_AREA)
                cv2.imwrite(str(place), (small * part).astype("uint8"))
    return tmp_path


@pytest.fixture
def said(capsys):
    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.slow
def test_the_darker_pictures_lie_farther_and_the_record_says_the_same(said, folders, quick, tmp_path):
    sets = (folders / "dusk", folders / "night", "--reference", folders / "portraits")
    code, out, err = said("evaluate", "realism", *sets, "--out", tmp_path / "new" / "record.json")
    assert (code, err) == (0, f"written: {tmp_path / 'new' / 'record.json'}\n")
    assert "Inception-v3 mixed5, 8 pictures of each set, beside portraits (4 people)" in out
    assert "night less dusk" in out
    (record,) = json.loads((tmp_path / "new" / "record.json").read_text())
    dusk, night = record["sets"]
    assert (dusk["name"], dusk["people"], record["pictures"]) == ("dusk", 4, 8)
    assert 0 < dusk["frechet"]["value"] < night["frechet"]["value"]
    (gap,) = record["nearer"]
    assert gap["frechet"]["value"] == pytest.approx(night["frechet"]["value"] - dusk["frechet"]["value"])
    assert f"{night['frechet']['value']:.3g}" in out
    code, out, _ = said("evaluate", "realism", *sets, "--json")
    assert json.loads(out)[0]["sets"] == record["sets"]


@pytest.mark.slow
def test_sets_are_taken_at_one_size(said, folders, quick):
    shutil.rmtree(folders / "dusk" / "person 3")
    arguments = (folders / "dusk", "--reference", folders / "portraits", "--json")
    code, out, err = said("evaluate", "realism", *arguments)
    assert (code, err) == (0, "")
    record = json.loads(out)[0]
    assert record["pictures"] == 6
    assert record["reference"]["people"] == 4
    record = json.loads(said("evaluate", "realism", *arguments, "--most", "4")[1])[0]
    assert (record["pictures"], record["reference"]["people"], record["sets"][0]["people"]) == (4, 4, 3)


@pytest.mark.slow
def test_pictures_in_no_persons_folder_are_a_person_each_and_those_without_a_face_are_named(folders, quick):
    loose = folders / "loose"
    loose.mkdir()
    for number, portrait in enumerate(PORTRAITS):
        shutil.copy(FACES / portrait, loose / f"{number}-{portrait}")
    cv2.imwrite(str(loose / "wall.png"), cv2.imread(str(FACES / PORTRAITS[0]))[:40, :40])
    networks = Networks("cpu")
    seen = see_pictures(pictures_of(str(loose), 0, networks), quick, networks)
    assert (seen.people, seen.features.features.shape) == (4, (4, 48))
    assert len(seen.remarks) == 1
    assert "wall.png" in seen.remarks[0]


def test_drawn_people_are_those_of_their_seeds(quick):
    networks = Networks("cpu")
    pictures = pictures_of("raster:4", 0, networks)
    assert (pictures.name, len(pictures.people)) == ("raster", 4)
    drawn = pictures.photographs[1].read()
    assert drawn.pixels.shape == (256, 256, 3)
    assert (pictures_of("raster", 5, networks).photographs[1].read().pixels == drawn.pixels).all()
    by_sliders = pictures_of("raster-labelled:4", 0, networks)
    settings = PeopleSettings(size=256, labelled=True)
    ((expected,),) = DrawnPeople(settings).pictures([PEOPLE_SEED + 1], 1)
    assert by_sliders.name == "raster-labelled"
    assert (by_sliders.photographs[1].read().pixels == expected.pixels).all()
    assert (drawn.pixels != expected.pixels).any()


@pytest.mark.slow
def test_generated_faces_are_those_of_their_seeds(quick):
    networks = Networks("cpu")
    pictures = pictures_of("generated", 4, networks)
    assert len(pictures.people) == 4
    again = pictures_of("generated", 5, networks).photographs[3]
    assert (again.read().pixels == pictures.photographs[3].read().pixels).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("portraits", "--reference", "portraits"), "is the reference itself"),
        (("absent", "--reference", "portraits"), "there is no folder"),
        (("empty", "--reference", "portraits"), "holds no pictures"),
        (("raster:x", "--reference", "portraits"), "write raster:N"),
        (("dusk", "--reference", "generated:2"), "write generated:N"),
        (("dusk", "--reference", "portraits", "--features", "fid"), "inception-mixed5"),
        (("dusk", "--reference", "portraits", "--out", "record.txt"), "choose this ending"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(said, folders, monkeypatch, arguments, message):
    monkeypatch.chdir(folders)
    (folders / "empty").mkdir()
    code, out, err = said("evaluate", "realism", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
