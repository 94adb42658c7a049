"""A corpus drawn again from labels: what later trainings read of it is what they read of the one made in full."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.leakage.labels import LABELS
from explorer.science.training.corpus import CAMERAS_APART, CorpusRecipe
from explorer.science.training.label_codes import from_codes, most_error
from explorer.studio.corpus import card, redrawing
from explorer.studio.corpus.editing import NEEDED, read_directions, write_directions
from explorer.studio.corpus.frames import CorpusFrames
from explorer.studio.corpus.label_collecting import LABELLED_BY, labels_of, same_directions
from explorer.studio.corpus.label_file import read_labels_file, write_labels
from explorer.studio.corpus.making import CorpusWork
from explorer.studio.corpus.reading import corpus_words, read_dataset, read_judged
from explorer.studio.corpus.redrawing import (
    RedrawWork,
    adopt_directions,
    directions_for,
    recipe_of,
    shards_to_draw,
)
from explorer.studio.corpus.shards import ShardName, begin
from explorer.studio.errors import UserError
from tests.studio.corpus.label_kit import (
    ABSENT,
    PER_SHARD,
    RECIPE,
    CannedGenerator,
    canned_models,
    made_up_directions,
    seen_in_no_time,
    write_labelled,
)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return write_labelled(tmp_path_factory.mktemp("full") / "c")


@pytest.fixture(scope="module")
def labels(full):
    return labels_of(full)


@pytest.fixture(scope="module")
def file(labels, tmp_path_factory):
    return write_labels(labels, tmp_path_factory.mktemp("labels") / "labels.safetensors")


def drawn(folder, labels, file, size=256, encoders=("sface",), blind=(), shards=None):
    """The corpus in a folder, drawn by canned networks."""
    recipe = recipe_of(labels, 60, 20, size)
    corpus = begin(folder, recipe)
    work = RedrawWork(folder, file, recipe, size, tuple(encoders), "cpu")
    loaded = canned_models(encoders, blind), labels, "digest"
    names = [ShardName("base", number) for number in range(3)] + [ShardName("edit", 0)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redrawing, "see_again", seen_in_no_time)
        for name in names if shards is None else shards:
            work.run(loaded, name, lambda: None)
    return corpus


@pytest.fixture(scope="module")
def again(labels, file, tmp_path_factory):
    return drawn(tmp_path_factory.mktemp("again") / "c", labels, file)


def test_every_labelled_face_is_there_with_its_labels(full, again):
    one, other = read_dataset(full), read_dataset(again)
    for name in ("base", "split", "edited"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    assert other.labels.keys() == one.labels.keys() == LABELS.keys()
    for name in (name for name in LABELS if name not in ("landmarks", "histogram")):
        assert (one.labels[name] - other.labels[name]).abs().max() <= most_error(name)
    assert torch.isfinite(other.first["sface"]).all()
    assert other.w.shape == other.z.shape == (len(one), 512)
    assert set(again.about(ShardName("base", 1))["left_out"]) == {PER_SHARD + ABSENT}


def test_faces_are_those_of_their_seeds(labels, again):
    shard = again.read(ShardName("base", 0))
    generator = canned_models().generator
    for row, (seed, psi) in enumerate(zip(shard["seed"].tolist(), shard["psi"].tolist(), strict=True)):
        assert torch.equal(shard["w"][row], generator.sample(1, seed, psi)[1][0])
    edit = again.read(ShardName("edit", 0))
    columns = labels.kinds["edit"].columns
    assert edit["edit"].tolist() == columns["attribute"].tolist()
    assert np.array_equal(edit["distance"].numpy(), columns["distance"])
    for row, base in enumerate(edit["base"].tolist()):
        direction = list(labels.directions.by_name.values())[int(edit["edit"][row])]
        moved = edit["w"][row] - generator.sample(1, RECIPE.seed + 4 * base, float(edit["psi"][row]))[1][0]
        expected = float(edit["distance"][row]) * direction.spread * direction.normal
        assert torch.allclose(moved, expected, atol=1e-5)


def test_the_camera_that_found_the_face_is_taken_at_once(full, again):
    for name in (ShardName("base", 0), ShardName("edit", 0)):
        assert torch.equal(full.read(name)["view_seed"], again.read(name)["view_seed"])
    assert len(set((full.read(ShardName("base", 0))["view_seed"] // CAMERAS_APART).tolist())) == 2


def test_landmarks_move_with_the_frame_that_the_face_has_now(labels, again):
    found = again.read(ShardName("base", 0))["labels/landmarks"].numpy()
    kept = from_codes("landmarks", labels.kinds["base"].codes["landmarks"])[: len(found)]
    # The canned detector finds every face up to a pixel to the left of, and above, where it was labelled.
    step = found - kept
    assert (np.abs(step - step[:, :1]) < 1e-3).all()
    assert step.min() > 0
    assert step.max() < 1


def test_repeated_labels_are_in_their_rows(labels, again):
    rows = again.read(ShardName("base", 1))
    numbers = rows["index"][rows["repeat_rows"]].tolist()
    assert numbers == [20, 25, 30, 35]
    faces = labels.kinds["base"]
    at = [faces.repeated.tolist().index(number) for number in numbers]
    assert np.array_equal(rows["repeat/age"].numpy(), from_codes("age", faces.again["age"][at]))


def test_probes_landmarks_and_cards_read_it(again, tmp_path, monkeypatch):
    monkeypatch.setattr(card, "hand_labels", lambda: tmp_path / "none.csv")
    judged = read_judged(again)
    assert set(judged.truths) >= {"age", "gender", "landmarks"}
    assert len(CorpusFrames(again, "train")) > 30
    assert "size | 256" in card.write_card(again, tmp_path / "card.md")[-1].read_text()
    assert "drawn at 256 px" in corpus_words(again, 10, 0)


def test_a_shard_is_the_same_whoever_draws_it(labels, file, again, tmp_path):
    name = ShardName("base", 2)
    other = drawn(tmp_path / "c", labels, file, shards=[name])
    for suffix in ("zip", "safetensors"):
        files = [corpus.shards / f"{name}.{suffix}" for corpus in (again, other)]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_face_that_is_not_found_now_is_left_out(labels, file, tmp_path):
    corpus = drawn(tmp_path / "c", labels, file, blind=[0], shards=[ShardName("base", 0)])
    assert corpus.about(ShardName("base", 0))["left_out"] == [0, ABSENT]
    rows = corpus.read(ShardName("base", 0))
    assert rows["index"].tolist() == [one for one in range(1, 20) if one != ABSENT]
    assert rows["index"][rows["repeat_rows"]].tolist() == [5, 10, 15]


def test_what_is_there_is_not_drawn_again_unless_an_encoder_is_missing(labels, file, again):
    assert shards_to_draw(again, labels, "base", 60, ["sface"]) == []
    assert shards_to_draw(again, labels, "base", 40, ["sface", "edgeface-s"]) == [
        ShardName("base", 0),
        ShardName("base", 1),
    ]
    assert again.encoders(ShardName("base", 0)) == {"sface"}


def test_at_the_size_of_a_full_corpus_it_may_be_labelled_further(labels, file, tmp_path):
    corpus = drawn(tmp_path / "c", labels, file, size=512, shards=[ShardName("base", 0)])
    begin(tmp_path / "c", CorpusRecipe(**{**RECIPE.__dict__, "faces": 80}))
    assert LABELLED_BY in corpus.about(ShardName("base", 0))


def test_one_that_is_drawn_smaller_is_no_full_corpus(again):
    with pytest.raises(UserError, match="size"):
        begin(again.folder, RECIPE)


def test_a_full_corpus_is_not_overwritten(full, labels):
    assert shards_to_draw(full, labels, "base", 60, ["sface"]) == []
    with pytest.raises(UserError, match="labelled in full"):
        shards_to_draw(full, labels, "base", 60, ["edgeface-s"])


def test_labels_of_faces_that_are_planned_otherwise_are_refused(labels, file, tmp_path):
    columns = labels.kinds["base"].columns
    changed = {**columns, "split": (columns["split"] + 1) % 3}
    other = labels.__class__(
        labels.recipe, {"base": labels.kinds["base"].__class__(**{**labels.kinds["base"].__dict__, "columns": changed})}
    )
    with pytest.raises(UserError, match="another version"):
        drawn(tmp_path / "c", other, file, shards=[ShardName("base", 0)])


def test_the_files_directions_are_kept_and_others_refused(labels, file, tmp_path):
    corpus = drawn(tmp_path / "c", labels, file, shards=[])
    adopt_directions(corpus, labels)
    assert same_directions(read_directions(corpus), made_up_directions())
    adopt_directions(corpus, labels)
    turned = made_up_directions()
    turned.by_name["hat"].normal.neg_()
    write_directions(corpus, turned)
    with pytest.raises(UserError, match="other directions"):
        adopt_directions(corpus, labels)


def test_edits_go_along_the_files_directions_or_along_those_found_on_its_faces(labels, tmp_path, monkeypatch):
    corpus = begin(tmp_path / "c", RECIPE)
    without = labels.__class__(labels.recipe, labels.kinds)
    found = []
    monkeypatch.setattr(redrawing, "find_directions", lambda *given: found.append(given[-1]))
    monkeypatch.setattr(redrawing, "Networks", lambda: SimpleNamespace(bare_generator=CannedGenerator))
    directions_for(corpus, RECIPE, without, lambda: None, lambda line: None)
    assert found[0].keys() == set(NEEDED)
    assert {len(values) for values in found[0].values()} == {2 * (PER_SHARD - 1)}
    with pytest.raises(UserError, match="--first"):
        directions_for(corpus, RECIPE, None, lambda: None, lambda line: None)
    directions_for(corpus, RECIPE, labels, lambda: None, lambda line: None)
    assert len(found) == 1
    assert same_directions(read_directions(corpus), made_up_directions())
    directions_for(corpus, RECIPE, None, lambda: None, lambda line: None)


@pytest.mark.slow
def test_real_faces_labelled_once_are_drawn_again_alike(tmp_path):
    recipe = CorpusRecipe(faces=2, edits=0, per_shard=2)
    full, name = begin(tmp_path / "full", recipe), ShardName("base", 0)
    making = CorpusWork(full.folder, recipe, ("arcface-mbf",), "cpu")
    making.run(making.load(), name, lambda: None)
    file = write_labels(labels_of(full), tmp_path / "labels.safetensors")
    smaller = recipe_of(read_labels_file(file), 2, 0, 256)
    again = begin(tmp_path / "again", smaller)
    drawing = RedrawWork(again.folder, file, smaller, 256, ("arcface-mbf",), "cpu")
    drawing.run(drawing.load(), name, lambda: None)
    one, other = full.read(name), again.read(name)
    assert one.keys() == other.keys()
    for key in ("index", "split", "seed", "psi", "crossover", "z", "w", "view_seed", "repeat_rows"):
        assert torch.equal(one[key], other[key])
    for label in (label for label in LABELS if label != "histogram"):
        away = (one[f"labels/{label}"] - other[f"labels/{label}"]).abs().max()
        assert away <= (3 if label == "landmarks" else most_error(label))
    for view in ("first", "second"):
        assert torch.cosine_similarity(one[f"{view}/arcface-mbf"], other[f"{view}/arcface-mbf"]).min() > 0.8
