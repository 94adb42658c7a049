"""A collection gives back what was put in, refuses files that lie, and keeps nothing of who is forgotten."""

from __future__ import annotations

import json
import stat
import tarfile

import numpy as np
import pytest

from explorer.science.iteration import Steps
from explorer.science.recognition.block_search import BlockSearch
from explorer.studio.collection.forgetting import forget_faces
from explorer.studio.collection.index import cached_search, index_facts, make_cached_index
from explorer.studio.collection.layout import CollectionError
from explorer.studio.collection.reading import open_collection
from explorer.studio.collection.writing import CollectionWriter, Row
from tests.studio.collection.collection_kit import made_up_collection, made_up_rows, sha256_of


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))


def test_what_is_put_in_comes_out(tmp_path):
    rows = made_up_rows(23)
    with CollectionWriter(tmp_path / "a.faces", "arcface-mbf", 512, "float32", per_shard=10) as writer:
        for row in rows:
            writer.add(row)
    one = open_collection(tmp_path / "a.faces")
    assert len(one) == 23
    assert one.present.all()
    assert len(one.header.shards) == 3
    for number, row in enumerate(rows):
        assert one.row_of(f"{row.photograph}/0") == number
        assert (one.name(number), one.person(number)) == (row.name, row.person)
        assert one.thumbnail(number) == row.thumbnail
        assert np.array_equal(one.vector(number), row.vector)
        assert one.values["age"][number] == row.values["age"]
    assert one.row_of(f"{sha256_of(99)}/0") is None
    assert one.row_of(f"{rows[0].photograph}/1") is None


def test_every_file_is_for_its_owner_only(tmp_path):
    made_up_collection(tmp_path / "a.faces")
    files = list((tmp_path / "a.faces").iterdir())
    assert len(files) > 10
    assert all(not file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) for file in files)


def test_others_read_the_arrays_and_the_shards(tmp_path):
    one = made_up_collection(tmp_path / "a.faces")
    assert np.load(tmp_path / "a.faces" / "vectors.npy").shape == (40, 512)
    with tarfile.open(tmp_path / "a.faces" / "thumbnails-00000.tar") as shard:
        names = shard.getnames()
        assert names[7] == "000000007.jpg"
        assert shard.extractfile(names[7]).read() == one.thumbnail(7)


def test_names_are_in_the_order_in_which_people_sort(tmp_path):
    with CollectionWriter(tmp_path / "a.faces", "arcface-mbf", 4) as writer:
        for number, name in enumerate(["b 10", "B 9", "a", "b 1"]):
            writer.add(Row(np.ones(4, np.float32), sha256_of(number), name=name, person=name))
    one = open_collection(tmp_path / "a.faces")
    assert [one.name(row) for row in one.columns["by_name"]] == ["a", "b 1", "B 9", "b 10"]
    assert one.people == ("", "a", "b 1", "B 9", "b 10")


def test_words_are_sought_in_names_and_people(tmp_path):
    one = made_up_collection(tmp_path / "a.faces")
    assert np.flatnonzero(one.named(["FACE", "12"])).tolist() == [11]
    assert np.flatnonzero(one.named(["person 2"])).tolist() == list(range(5, 10))


def _lengthen(folder):
    with (folder / "vectors.npy").open("ab") as file:
        file.write(b"more")


def _other_rows(folder):
    said = json.loads((folder / "collection.json").read_text())
    (folder / "collection.json").write_text(json.dumps({**said, "rows": 10**7}))


def _far_thumbnail(folder):
    offsets = np.load(folder / "offset.npy")
    offsets[3] = 2**40
    np.save(folder / "offset.npy", offsets)


def _many_people(folder):
    (folder / "people.json").write_text('[""]')


def _names_backwards(folder):
    ends = np.load(folder / "name_end.npy")
    ends[4] = 0
    np.save(folder / "name_end.npy", ends)


def _objects(folder):
    np.save(folder / "number.npy", np.array([print] * 40, object), allow_pickle=True)


def _twice(folder):
    np.save(folder / "by_name.npy", np.zeros(40, np.int32))


def _short_shard(folder):
    (folder / "thumbnails-00000.tar").write_bytes(b"")


def _elsewhere(folder):
    (folder / "vectors.npy").rename(folder.parent / "vectors.npy")
    (folder / "vectors.npy").symlink_to(folder.parent / "vectors.npy")


def _other_shard(folder):
    text = (folder / "collection.json").read_text()
    (folder / "collection.json").write_text(text.replace("thumbnails-00000.tar", "../thumbnails.tar"))


@pytest.mark.parametrize(
    "lie",
    [
        _lengthen,
        _other_rows,
        _far_thumbnail,
        _many_people,
        _names_backwards,
        _objects,
        _twice,
        _short_shard,
        _elsewhere,
        _other_shard,
    ],
)
def test_a_file_that_lies_is_refused_before_it_is_read(lie, tmp_path):
    made_up_collection(tmp_path / "a.faces")
    lie(tmp_path / "a.faces")
    with pytest.raises(CollectionError):
        open_collection(tmp_path / "a.faces")


def test_what_is_no_collection_is_said_to_be_none(tmp_path):
    with pytest.raises(CollectionError, match="no collection"):
        open_collection(tmp_path)


@pytest.mark.parametrize("wrong", [np.ones(5), np.full(4, np.nan)])
def test_vectors_that_do_not_fit_are_not_kept(wrong, tmp_path):
    with (
        pytest.raises(CollectionError, match="finite"),
        CollectionWriter(tmp_path / "a.faces", "arcface-mbf", 4) as writer,
    ):
        writer.add(Row(wrong.astype(np.float32), sha256_of(0)))


def test_who_is_forgotten_is_in_no_file_any_more(tmp_path):
    folder = tmp_path / "a.faces"
    one = made_up_collection(folder, precision="float32")
    gone = range(5, 10)  # all of a person
    traces = [one.vector(row).tobytes() for row in gone] + [bytes.fromhex(sha256_of(row)) for row in gone]
    traces += [b"face 7.jpg", b'"Person 2"']
    kept, shown = one.vector(10), one.thumbnail(10)
    pictures = [one.thumbnail(row) for row in gone]
    others = {one.thumbnail(row) for row in range(40) if row not in gone}
    traces += [picture for picture in pictures if picture not in others]
    everything = b"".join(file.read_bytes() for file in folder.iterdir())
    assert all(trace in everything for trace in traces)
    keys = {f"{sha256_of(row)}/0" for row in gone}
    assert forget_faces(folder, keys.__contains__, keys, ()) == 5
    everything = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not any(trace in everything for trace in traces)
    # Whoever had it open sees nothing of them either.
    assert not one.vectors[5:10].any()
    after = open_collection(folder)
    assert np.flatnonzero(~after.present).tolist() == list(gone)
    assert after.header.generation == 1
    assert np.array_equal(after.vector(10), kept)
    assert (after.thumbnail(10), after.thumbnail(7)) == (shown, b"")
    assert after.row_of(f"{sha256_of(7)}/0") is None
    assert (after.person(10), after.person(4)) == ("Person 3", "Person 1")
    assert forget_faces(folder, keys.__contains__, keys, ()) == 0


def test_an_index_is_of_one_state_and_loses_who_is_forgotten(tmp_path):
    pytest.importorskip("faiss")
    one = made_up_collection(tmp_path / "a.faces", 200)
    assert cached_search(one, "cosine") is None
    facts = Steps(make_cached_index(one, "cosine")).result
    search, said = cached_search(one, "cosine")
    assert said == facts
    exact, _ = BlockSearch(one.vectors, "cosine").nearest(one.vector(7)[None], 5)
    assert set(search.nearest(one.vector(7), 5)[0].tolist()) == set(exact[0].tolist())
    key = f"{sha256_of(7)}/0"
    forget_faces(tmp_path / "a.faces", key.__eq__, [key], ())
    after = open_collection(tmp_path / "a.faces")
    assert index_facts(one.header) is None
    search, said = cached_search(after, "cosine")
    assert said.rows == 199
    assert 7 not in search.nearest(one.vector(8), 199)[0]
