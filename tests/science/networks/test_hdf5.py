"""What an HDF5 file says that it holds is checked against what it can, before any room is made for it."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from explorer.science.networks.hdf5 import Hdf5Error, OwnNumbers, own_member


@pytest.fixture
def file(tmp_path: Path) -> Any:
    with h5py.File(tmp_path / "file.h5", "w") as opened:
        yield opened


def _read(found: Any, size: int = 1 << 20) -> np.ndarray:
    return OwnNumbers(size).read(found, "numbers")


PACKED: dict[str, Any] = {"compression": "gzip"}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"chunks": (3, 4)},
        PACKED,
        {**PACKED, "shuffle": True},
        {**PACKED, "fletcher32": True},
        {"chunks": True, "fletcher32": True},
    ],
)
def test_numbers_come_as_they_were_written(file: h5py.File, how: dict[str, Any]) -> None:
    values = np.random.default_rng(0).normal(size=(10, 11))
    assert np.array_equal(_read(file.create_dataset("x", data=values, **how)), values)


def test_nothing_is_made_room_for_that_no_byte_stands_for(file: h5py.File) -> None:
    for how in ({}, {"chunks": (1 << 10, 1 << 10)}, {"compression": "gzip", "chunks": (1 << 10, 1 << 10)}):
        found = file.create_dataset(f"x{len(file)}", (1 << 20, 1 << 20), "f8", **how)
        with pytest.raises(Hdf5Error, match="which the file does not have"):
            _read(found)


def test_a_chunk_unpacks_to_no_more_than_it_says(file: h5py.File) -> None:
    found = file.create_dataset("x", (8, 8), "f4", chunks=(8, 8), compression="gzip")
    found.id.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 22)))
    with pytest.raises(Hdf5Error, match="unpacks to more"):
        _read(found)


def test_other_packings_objects_and_other_files_are_refused(file: h5py.File, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(64))
    for found in (
        file.create_dataset("packed", data=np.ones((8, 8)), compression="lzf"),
        file.create_dataset("text", data=[b"a"]),
        file.create_dataset("outer", (16,), np.float32, external=[(str(tmp_path / "raw"), 0, 64)]),
        file.create_group("group"),
    ):
        with pytest.raises(Hdf5Error):
            _read(found)


def test_all_that_is_read_has_a_bound_of_the_files_size(file: h5py.File) -> None:
    found = file.create_dataset("x", data=np.zeros(1 << 20))
    numbers = OwnNumbers(9 << 20)
    with pytest.raises(Hdf5Error, match="more numbers than a file of its size can"):
        [numbers.read(found, "x") for _ in range(20)]


def test_members_are_reached_by_no_link(file: h5py.File) -> None:
    file["a/b"] = np.ones(3)
    file["soft"] = h5py.SoftLink("/a")
    file["outer"] = h5py.ExternalLink("other.h5", "/")
    assert own_member(file, "a/b").shape == (3,)
    assert all(own_member(file, path) is None for path in ("soft", "soft/b", "outer", "a/c", "a/b/c"))


def test_attributes_have_a_bound(file: h5py.File, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.science.networks import hdf5

    file.attrs["names"] = [b"a", b"b"]
    numbers = OwnNumbers(1 << 10)
    assert list(numbers.attribute(file, "names")) == ["a", "b"]
    assert numbers.attribute(file, "absent") is None
    monkeypatch.setattr(hdf5, "_LARGEST_ATTRIBUTE", 1)
    with pytest.raises(Hdf5Error, match="larger than any network's"):
        numbers.attribute(file, "names")
