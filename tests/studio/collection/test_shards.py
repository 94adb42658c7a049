"""A data set in shards is the same data set afterwards; a collection in shards or Parquet is the same collection."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app import cli
from explorer.studio.collection.reading import Collection, open_collection
from explorer.studio.collection.shards import ShardError, pack, read_samples, unpack
from tests.studio.collection.collection_kit import made_up_collection


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))


def same_faces(one: Collection, other: Collection) -> bool:
    rows = range(len(one))
    return len(one) == len(other) and all(
        (one.key(row), one.name(row), one.person(row), one.thumbnail(row))
        == (other.key(row), other.name(row), other.person(row), other.thumbnail(row))
        and np.array_equal(one.vector(row), other.vector(row))
        and one.values["age"][row] == other.values["age"][row]
        for row in rows
    )


def test_a_data_set_comes_back_as_it_was(tmp_path: Path) -> None:
    files = {
        "Ada/1.jpg": b"one",
        "Ada/2.JPG": b"two",
        "Bob/1.jpg": b"three",
        "labels.csv": b"a,b",
        "Bob/about.json": b"{}",
        "list": b"",
    }
    for name, content in files.items():
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(content)
    written = pack(tmp_path / "set", tmp_path / "shards", per_shard=4)
    assert (written.samples, written.shards) == (6, 2)
    shards = sorted((tmp_path / "shards").glob("*.tar"))
    people = {sample.record()["path"]: sample.record()["person"] for sample in read_samples(shards)}
    assert people["Ada/2.JPG"] == "Ada"
    assert unpack(shards, tmp_path / "back") == 6
    back = {
        path.relative_to(tmp_path / "back").as_posix(): path.read_bytes()
        for path in (tmp_path / "back").rglob("*")
        if path.is_file()
    }
    assert back == files


def test_shards_of_others_become_a_folder_a_person(tmp_path: Path) -> None:
    shard = tmp_path / "a.tar"
    with tarfile.open(shard, "w") as file:
        for name, content in [("x/0001.jpg", b"picture"), ("x/0001.json", b'{"person": "Ada"}'), ("x/0002.jpg", b"2")]:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            file.addfile(about, BytesIO(content))
    assert unpack([shard], tmp_path / "back") == 2
    assert (tmp_path / "back" / "Ada" / "x" / "0001.jpg").read_bytes() == b"picture"
    assert (tmp_path / "back" / "x" / "0002.jpg").read_bytes() == b"2"


@pytest.mark.parametrize("path", ["../out.jpg", "/out.jpg", "a/../../out.jpg", "", "C:/out.jpg", "a\\..\\out.jpg"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    shard = tmp_path / "a.tar"
    with tarfile.open(shard, "w") as file:
        for name, content in [("1.jpg", b"picture"), ("1.json", json.dumps({"path": path}).encode())]:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            file.addfile(about, BytesIO(content))
    with pytest.raises(ShardError, match="leads out"):
        unpack([shard], tmp_path / "back")
    assert not (tmp_path / "out.jpg").exists()


def test_a_link_in_a_shard_is_refused(tmp_path: Path) -> None:
    shard = tmp_path / "a.tar"
    with tarfile.open(shard, "w") as file:
        about = tarfile.TarInfo("1.jpg")
        about.type, about.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(about)
    with pytest.raises(ShardError, match="no plain file"):
        list(read_samples([shard]))


def test_what_is_no_shard_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.tar").write_bytes(b"nothing of the kind" * 100)
    assert cli.main(["shards", "unpack", str(tmp_path / "a.tar"), "--out", str(tmp_path / "back")]) == 2
    assert "cannot be read as a shard" in capsys.readouterr().err
    assert not (tmp_path / "back").exists()


def test_a_collection_comes_back_from_its_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = made_up_collection(tmp_path / "a.faces", 12)
    out, again = str(tmp_path / "shards"), str(tmp_path / "b.faces")
    assert cli.main(["collection", "export", str(tmp_path / "a.faces"), "--out", out, "--per-file", "5"]) == 0
    assert len(list((tmp_path / "shards").glob("*.tar"))) == 3
    assert cli.main(["collection", "make", out, "--out", again]) == 0
    assert same_faces(one, open_collection(tmp_path / "b.faces"))
    record = json.loads((tmp_path / "shards" / "shards.json").read_text())
    assert (record["encoder"], record["faces"]) == ("arcface-mbf", 12)


def test_a_collection_is_a_table_in_parts(tmp_path: Path) -> None:
    from pyarrow import dataset

    one = made_up_collection(tmp_path / "a.faces", 12)
    command = ["collection", "export", str(tmp_path / "a.faces"), "--out", str(tmp_path / "table")]
    assert cli.main([*command, "--format", "parquet", "--per-file", "5"]) == 0
    parts = sorted((tmp_path / "table").rglob("*.parquet"))
    assert len(parts) == 3
    table = dataset.dataset(tmp_path / "table", format="parquet", partitioning="hive").to_table()
    assert table["encoder"][0].as_py() == "arcface-mbf"
    assert table["name"].to_pylist() == [one.name(row) for row in range(12)]
    assert np.array_equal(np.array(table["vector"].to_pylist(), np.float16), one.vectors)


def test_an_array_is_searched_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = np.random.default_rng(0).standard_normal((30, 512)).astype(np.float32)
    np.save(tmp_path / "all.npy", vectors)
    np.save(tmp_path / "one.npy", vectors[17])
    place = str(tmp_path / "a.faces")
    assert cli.main(["collection", "make", str(tmp_path / "all.npy"), "--out", place, "--precision", "float32"]) == 0
    capsys.readouterr()
    assert cli.main(["collection", "search", place, str(tmp_path / "one.npy"), "--count", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["faces"][0]["name"] == "row 18"
    assert found["faces"][0]["score"] == pytest.approx(1.0, abs=1e-5)
    assert found["search"] == "exact search"
    key = found["faces"][0]["key"]
    assert cli.main(["collection", "forget", place, key]) == 0
    assert cli.main(["collection", "forget", place, key]) == 2
    capsys.readouterr()
    assert cli.main(["collection", "info", place]) == 0
    assert "29 faces of 0 people" in capsys.readouterr().out
