"""A network of the user's: tried, refused where it tells nobody, kept, and from then on an encoder like the others."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import explorer as lk
from explorer.science.evaluation.scoring import embed_face, judge
from explorer.science.inversion.settings import InversionSettings
from explorer.science.names import shown
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import import_network
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.science.remarks import remarks_heard_by
from explorer.studio import catalogue
from explorer.studio.bringing import faces as cutting
from explorer.studio.bringing import keeping, trying
from explorer.studio.bringing.faces import CutFace, FacesOfPeople, faces_of, inputs
from explorer.studio.bringing.keeping import Drawing, keep_network
from explorer.studio.bringing.tried import Naming, TriedNetwork
from explorer.studio.bringing.trying import NORMALISATIONS, try_network
from explorer.studio.bringing.wishes import NORMALISATION_WORDS, Wishes
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue import brought_encoders as brought
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, present_encoders
from explorer.studio.catalogue.impostors import known_impostors
from explorer.studio.catalogue.networks import Networks, known_encoder, main_networks
from explorer.studio.catalogue.own_probes import own_probes_folder
from explorer.studio.catalogue.probes import load_probes, probes_file
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet
from tests.studio.bringing.network_kit import (
    EACH,
    NUMBERS,
    PEOPLE,
    POINTS,
    PaintedDetector,
    PaintedGenerator,
    Unsealed,
    painted,
    painted_people,
    projection_file,
)

pytestmark = pytest.mark.slow

TERMS = Naming("for tests", "mine")


def quiet(said: str, done: int, total: int) -> None:
    pass


def cut_out(photographs: PhotographSet) -> FacesOfPeople:
    return faces_of(photographs, PaintedDetector(), quiet, lambda: False)  # type: ignore[arg-type]


@pytest.fixture(autouse=True, scope="module")
def unsealed() -> Iterator[None]:
    """Here nothing is hostile: no process is begun for each network."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (trying, keeping):
            patch.setattr(module, "SealedNetwork", Unsealed)
        yield


@pytest.fixture(scope="module")
def people() -> FacesOfPeople:
    return cut_out(painted_people())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projection_file(tmp_path_factory.mktemp("networks") / "My Tiny.onnx")


@pytest.fixture(scope="module")
def tried(file: Path, people: FacesOfPeople) -> TriedNetwork:
    return try_network(file, None, lambda: people)


@pytest.fixture
def mine(tried: TriedNetwork, people: FacesOfPeople, own_folder: Path) -> brought.EncoderCard:
    drawn = Drawing(PaintedGenerator(), PaintedDetector(), faces=20)  # type: ignore[arg-type]
    return keep_network(tried, tried.proposed.convention, TERMS, [people], drawn)


def test_the_table_says_how_each_convention_separates_people(tried: TriedNetwork) -> None:
    best = tried.proposed
    assert best.final
    assert best.photographs == PEOPLE * EACH
    assert best.found.low > 0.9
    assert {line.convention.framing for line in tried.table} == {"arcface", "square-box", "whole-frame"}
    assert {line.convention.size for line in tried.table} == {(112, 112)}


def test_what_the_user_wants_is_tried_alone(file: Path, people: FacesOfPeople) -> None:
    wishes = Wishes(framing="square-box", margin=1.3, colour="BGR", normalisation="per-image", measure="euclidean")
    (line,) = try_network(file, None, lambda: people, wishes).table
    one = line.convention
    assert (one.framing, one.margin, one.colour, one.per_image, one.measure) == (
        "square-box",
        1.3,
        "BGR",
        True,
        "euclidean",
    )
    with pytest.raises(UserError, match=r"no faces of 96 x 96 pixels; it takes 112 x 112"):
        try_network(file, None, lambda: people, Wishes(size=(96, 96)))


def test_a_network_that_tells_nobody_is_refused_and_nothing_kept(tmp_path: Path, file: Path, own_folder: Path) -> None:
    alike = cut_out(painted_people("alike", alike=True))
    with pytest.raises(NetworkFileError, match=r"My Tiny\.onnx: the same person is not nearer than others") as caught:
        try_network(file, None, lambda: alike)
    assert "\n" not in str(caught.value)
    assert not own_folder.exists()


def test_a_line_that_tells_nobody_is_refused_where_the_user_takes_it(tried: TriedNetwork, own_folder: Path) -> None:
    with pytest.raises(NetworkFileError, match="is not nearer than others"):
        keep_network(tried, tried.proposed.convention, TERMS, [cut_out(painted_people(alike=True))])
    assert not list(own_folder.glob("*.json"))


def test_it_is_kept_for_its_owner_alone_with_card_hash_and_licence(
    mine: brought.EncoderCard, file: Path, own_folder: Path
) -> None:
    kept = mine.kept
    assert mine.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert kept.files[0].read_bytes() == file.read_bytes()
    assert kept.files[0].parent.name == mine.sha256
    assert (mine.source, mine.licence, mine.commercial) == ("My Tiny.onnx", "for tests", False)
    every = list(own_folder.rglob("*"))
    assert {stat.S_IMODE(one.stat().st_mode) for one in every if one.is_file()} == {0o600}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (own_folder, *every) if one.is_dir()} == {0o700}
    text = mine.text.read_text()
    for said in (mine.sha256, "for tests", "My Tiny.onnx", "painted", "FMR 1e-3", "Painted by tests", "taken"):
        assert said in text
    (painted_set, generated) = mine.populations
    assert (painted_set.people, painted_set.photographs) == (PEOPLE, PEOPLE * EACH)
    assert painted_set.threshold is None  # 375 pairs cannot tell it
    assert mine.threshold == generated.threshold
    assert "generated" in mine.threshold_on


def test_from_then_on_it_is_an_encoder_like_the_others(mine: brought.EncoderCard, file: Path) -> None:
    assert ENCODERS.names()[-1] == "mine"
    spec = known_encoder("mine")
    assert (spec.dimension, spec.measure, spec.licence, spec.commercial) == (NUMBERS, "cosine", "for tests", False)
    assert main_networks(["mine"])[0] == "mine"
    assert catalogue.sha256("mine") == mine.computes
    assert "mine" in present_encoders()
    assert InversionSettings(encoder="mine").encoder == "mine"
    networks = Networks("cpu")
    recogniser = networks.recogniser("mine")
    photograph = painted(3, 1)
    (face,) = PaintedDetector().detect(photograph.pixels)
    vector = embed_face(recogniser, photograph, face)
    convention = mine.input.convention
    aligned = inputs([CutFace(photograph.pixels, POINTS)], convention)
    expected = import_network(file).body(convention.apply(aligned))[0]
    torch.testing.assert_close(vector, expected, atol=1e-3, rtol=1e-3)
    reference = networks.calibration("mine")
    assert reference is not None
    assert reference.threshold == pytest.approx(mine.threshold, abs=1e-3)
    assert set(known_impostors("mine")) == {"painted"}
    score = judge(spec, reference, vector, vector, attacked=False)
    assert score.passes
    assert score.rank == 1
    assert probes_file("mine").parent == brought.folder()


def test_gradients_reach_the_photograph(mine: brought.EncoderCard) -> None:
    image = torch.rand(1, 3, 172, 172, requires_grad=True)
    vector = Networks("cpu").recogniser("mine").embed(image, torch.from_numpy(POINTS).float()[None])
    vector.square().sum().backward()
    assert image.grad is not None
    assert float(image.grad.abs().sum()) > 0


def test_another_process_knows_it_by_what_is_kept(mine: brought.EncoderCard) -> None:
    """The registry is filled anew from the folder, as when the program begins."""
    before = encoder_spec("mine")
    ENCODERS.unregister("mine")
    brought._registered.clear()
    brought.register_brought_encoders()
    assert encoder_spec("mine") == before


def test_the_library_knows_it_before_anything_is_loaded(mine: brought.EncoderCard) -> None:
    """A fresh process that asks for it by name, or for the list, has registered nothing yet."""
    for ask in (lambda: known_encoder("mine").id, lambda: [spec.id for spec in lk.list_encoders()][-1]):
        ENCODERS.unregister("mine")
        brought._registered.clear()
        assert ask() == "mine"


def test_without_probes_it_is_said_how_they_are_made(mine: brought.EncoderCard) -> None:
    with pytest.raises(UserError, match=r"no probes for mine: .* is missing; make them with `likeness train probes"):
        load_probes("mine")


def test_a_removed_or_changed_file_is_one_line(mine: brought.EncoderCard) -> None:
    place = mine.kept.files[0]
    content = place.read_bytes()
    place.write_bytes(content[:-1] + b"x")
    with pytest.raises(MissingNetwork, match=r"the network mine cannot be loaded .*not the file any more.*remove mine"):
        Networks("cpu").recogniser("mine")
    assert "mine" in missing_encoders()
    assert "import My Tiny.onnx again" in missing_words(["mine"])
    assert "models fetch" not in missing_words(["mine"])
    place.unlink()
    with pytest.raises(MissingNetwork, match=r"No such file") as caught:
        Networks("cpu").recogniser("mine")
    assert "\n" not in str(caught.value)
    place.write_bytes(content)
    assert "mine" in present_encoders()


def test_what_is_removed_leaves_nothing_and_is_named_where_it_is_asked_for(
    mine: brought.EncoderCard, own_folder: Path
) -> None:
    brought.remove_encoder("mine")
    assert {one.name for one in own_folder.rglob("*") if one.is_file()} <= {"lock"}
    assert list((own_folder / "files").iterdir()) == []
    assert "mine" not in ENCODERS
    with pytest.raises(UserError, match=r"no encoder called 'mine'; there are arcface-mbf.*networks import"):
        known_encoder("mine")
    with pytest.raises(UserError, match="'mine' is no network that was imported; none has been imported"):
        brought.remove_encoder("mine")
    with pytest.raises(UserError, match="belongs to the program and stays"):
        brought.remove_encoder("sface")


def test_another_line_under_the_same_name_is_another_encoder_to_all_that_is_kept(
    mine: brought.EncoderCard, tried: TriedNetwork, people: FacesOfPeople
) -> None:
    """The same file once more, with faces cut out otherwise: nothing that the first one made counts as its own."""
    networks, photograph = Networks("cpu"), painted(3, 1)
    (face,) = PaintedDetector().detect(photograph.pixels)
    first, before = embed_face(networks.recogniser("mine"), photograph, face), catalogue.sha256("mine")
    assert networks.calibration("mine") is not None
    other = next(line.convention for line in tried.table if line.convention.framing != mine.input.framing)
    brought.remove_encoder("mine")
    again = keep_network(tried, other, TERMS, [people])
    assert again.sha256 == mine.sha256
    assert catalogue.sha256("mine") != before
    assert not torch.allclose(first, embed_face(networks.recogniser("mine"), photograph, face))
    assert networks.calibration("mine") is None


def test_probes_that_were_chosen_for_it_go_with_it(mine: brought.EncoderCard) -> None:
    own = own_probes_folder() / "probes-mine.safetensors"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"probes")
    brought.remove_encoder("mine")
    assert not own.exists()


def test_the_makers_threshold_stands_beside_the_measured_one(
    tried: TriedNetwork, people: FacesOfPeople, own_folder: Path
) -> None:
    card = keep_network(tried, tried.proposed.convention, Naming("for tests", "mine", threshold=0.4), [people])
    assert known_encoder("mine").own_threshold == 0.4
    assert "its makers say 0.4" in card.text.read_text()
    with pytest.raises(UserError, match="nan is no threshold"):
        keep_network(tried, tried.proposed.convention, Naming("any", "yours", threshold=float("nan")), [people])


def test_the_words_of_the_wizard_are_the_numbers_that_are_tried() -> None:
    assert list(NORMALISATION_WORDS) == list(NORMALISATIONS)


def test_no_convention_stands_in_the_table_twice(file: Path, people: FacesOfPeople) -> None:
    table = try_network(
        file, None, lambda: people, Wishes(framing="arcface", normalisation="127.5", measure="cosine")
    ).table
    said = [line.convention.describe() for line in table]
    assert len(said) == len(set(said))


def test_two_encoders_of_one_file_share_it_until_both_are_gone(
    mine: brought.EncoderCard, tried: TriedNetwork, people: FacesOfPeople
) -> None:
    other = keep_network(tried, tried.table[1].convention, Naming("for tests", "yours"), [people])
    assert other.gallery.exists() is False
    assert Networks("cpu").calibration("yours") is None
    brought.remove_encoder("mine")
    assert Networks("cpu").recogniser("yours").spec.id == "yours"
    brought.remove_encoder("yours")
    assert not other.kept.files[0].exists()


@pytest.mark.parametrize("name", ["mine", "sface", "orl", "mobilestylegan-ffhq", "../up", "", "Mine"])
def test_a_name_that_is_taken_or_none_is_refused_before_anything_is_done(
    mine: brought.EncoderCard, tried: TriedNetwork, people: FacesOfPeople, name: str
) -> None:
    with pytest.raises(UserError, match=r"already: choose another name|cannot be called"):
        keep_network(tried, tried.proposed.convention, Naming("any", name), [people])
    assert brought.brought_encoders() == [mine]


def test_no_licence_is_refused(tried: TriedNetwork, people: FacesOfPeople, own_folder: Path) -> None:
    with pytest.raises(UserError, match="under which terms may the network be used"):
        keep_network(tried, tried.proposed.convention, Naming("  "), [people])
    assert not own_folder.exists()


def test_a_file_that_changes_between_trial_and_import_is_refused(
    tmp_path: Path, people: FacesOfPeople, own_folder: Path
) -> None:
    path = projection_file(tmp_path / "changing.onnx")
    tried = try_network(path, None, lambda: people)
    projection_file(path, seed=7)
    with pytest.raises(NetworkFileError, match="has changed since it was tried"):
        keep_network(tried, tried.proposed.convention, TERMS, [people])
    assert not list(own_folder.glob("*"))


def test_a_foreign_card_is_left_out_and_said(mine: brought.EncoderCard, own_folder: Path) -> None:
    (own_folder / "other.json").write_text(json.dumps({"id": "other"}))
    heard: list[str] = []
    with remarks_heard_by(heard.append):
        assert brought.brought_encoders() == [mine]
    assert f"{shown(own_folder / 'other.json')} is no card of a network" in heard[0]
    escaping = json.loads(mine.place.read_text()) | {"id": "other", "files": ["../../../up"]}
    (own_folder / "other.json").write_text(json.dumps(escaping))
    with remarks_heard_by(heard.append):
        assert brought.brought_encoders() == [mine]


def test_neither_pictures_nor_embeddings_of_people_are_kept(mine: brought.EncoderCard) -> None:
    gallery = load_file(mine.gallery)
    assert {name: tuple(one.shape) for name, one in gallery.items()} == {"mine": (20, NUMBERS)}
    kept = load_file(mine.impostors)
    assert {name.rpartition("/")[2] for name in kept} == {"passing", "low", "high"}


def test_a_file_that_is_no_encoder_is_refused_before_faces_are_found(tmp_path: Path) -> None:
    def find_faces() -> FacesOfPeople:
        raise AssertionError("finding the faces takes minutes")

    with pytest.raises(NetworkFileError, match=r"gives 3 numbers for a face; an embedding has 16 to 8192"):
        try_network(projection_file(tmp_path / "gender.onnx", numbers=3), None, find_faces)


def test_stopping_keeps_nothing(file: Path, people: FacesOfPeople, own_folder: Path, tried: TriedNetwork) -> None:
    with pytest.raises(Cancelled):
        try_network(file, None, lambda: people, should_stop=lambda: True)
    with pytest.raises(Cancelled):
        keep_network(tried, tried.proposed.convention, TERMS, [people], should_stop=lambda: True)
    assert not own_folder.exists()


def test_photographs_without_faces_are_left_out_and_too_few_people_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"alone: a network is tried on at least two people"):
        cut_out(painted_people("alone", people=1))
    monkeypatch.setattr(cutting, "_MOST_EACH", 3)
    assert len(cut_out(painted_people()).faces) == 3 * PEOPLE


def test_without_its_set_of_people_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path))
    with pytest.raises(MissingNetwork, match="models fetch openpeople"):
        cutting.known_sets()
    (tmp_path / "p1").mkdir()
    with pytest.raises(UserError, match="holds no folders with photographs"):
        cutting.known_sets([str(tmp_path / "p1")])
