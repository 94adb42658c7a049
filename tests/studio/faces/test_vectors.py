"""Embeddings survive every file format to the last bit; anything else in such a file is refused with a reason."""

from __future__ import annotations

import hashlib
import io
import pickle
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import save as save_tensors

from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import is_vector_file, load_vector, write_vector


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


finite = arrays(
    np.float32, st.integers(2, 40), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
).filter(lambda vector: vector.any())


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".json", ".JSON"])
@settings(deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(vector=finite)
def test_what_is_written_is_read_again_to_the_last_bit(suffix: str, vector: np.ndarray, tmp_path: Path) -> None:
    file = write_vector(tmp_path / f"x{suffix}", vector, "sface")
    stored = load_vector(file)
    np.testing.assert_array_equal(stored.vector, vector)
    assert stored.vector.dtype == np.float32
    assert stored.encoder == (None if suffix == ".npy" else "sface")
    assert stored.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".json"])
def test_only_the_owner_may_read_an_embedding(suffix: str, tmp_path: Path) -> None:
    file = write_vector(tmp_path / f"x{suffix}", np.ones(8, np.float32), "sface")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("row.csv", b"1, 2.5,-3\n"),
        ("semicolons.csv", b"1;2.5;-3"),
        ("column.csv", b"# made elsewhere\n1\n2.5\n-3\n"),
        ("excel.csv", "\ufeff1,2.5,-3\r\n".encode()),
        ("list.json", b"[1, 2.5, -3]"),
        ("object.json", b'{"vector": [1, 2.5, -3], "more": {}}'),
        ("records.json", b'[{"embedding": [1, 2.5, -3], "encoder": "sface"}]'),
        ("array.npz", npz(vector=np.float64([1, 2.5, -3]))),
        ("tensor.safetensors", save_tensors({"v": np.float32([[1, 2.5, -3]])})),
        ("savetxt.txt", b"1.0e+00\n2.5e+00\n-3.0e+00\n"),
        ("tabs.tsv", b"1\t2.5\t-3\n"),
    ],
)
def test_what_other_programs_write_is_read(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(load_vector(tmp_path / name).vector, np.array([1, 2.5, -3], np.float32))


@pytest.mark.parametrize(
    "array", [np.float64([[1, 2.5, -3]]), np.float16([1, 2.5, -3]), np.float32([[1], [2.5], [-3]])]
)
def test_arrays_of_other_types_are_read(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", array)
    np.testing.assert_array_equal(load_vector(tmp_path / "x.npy").vector, np.array([1, 2.5, -3], np.float32))


VAST = npy(np.ones(3)).replace(b"(3,), }" + b" " * 12, b"(3000000000000,), }")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.npy", b"", "cannot be read as NPY"),
        ("x.npy", b"plainly not an array", "cannot be read as NPY"),
        ("x.npy", npy(np.ones(512))[:-8], "cut short"),
        ("x.npy", VAST, "cut short"),
        ("x.npy", npy(np.array([{}, 1], dtype=object)), "cannot be read as NPY"),
        ("x.npy", pickle.dumps([1.0, 2.0]), "cannot be read as NPY"),
        ("x.npy", npy(np.array(["a", "b"])), "not numbers"),
        ("x.npy", npy(np.ones((2, 3))), "one embedding"),
        ("x.npy", npy(np.ones(1)), "one embedding"),
        ("x.npy", npy(np.array([1, np.nan])), "not finite"),
        ("x.npy", npy(np.array([1e300, 1.0])), "beyond 3e38"),
        ("x.npy", npy(np.ones(3)).replace(b"'descr': '<f8'", b"'descr': '<(8'"), "not numbers"),
        ("x.npy", npy(np.ones(3)).replace(b"{'descr'", b"{'descr\n"), "header is damaged"),
        ("x.npy", npy(np.ones(3)).replace(b"(3,)", b"(3,\0"), "header is damaged"),
        ("x.npz", npz(a=np.ones(3), b=np.ones(3)), r"holds 2 arrays \(a, b\): save one array alone"),
        ("x.npz", npz(a=np.array([{}], dtype=object)), "not numbers"),
        ("x.npz", npz(a=np.ones(3))[:-30], "damaged"),
        ("x.npz", npz(a=np.zeros(10_000_000, np.float32)), "too large"),
        ("x.safetensors", save_tensors({"a": np.ones(3), "b": np.ones(3)}), r"holds 2 tensors \(a, b\)"),
        ("x.safetensors", b"\xff" * 40, "tensors cannot be read"),
        ("x.npy", npy(np.zeros(512)), "zeros only"),
        ("x.csv", b"1,2\n3,4,5", "different lengths"),
        ("x.csv", b"one,two", "line 1 holds 'one', which is no number"),
        ("x.csv", b"\xff\xfe\x00", "cannot be read as CSV: it is no text"),
        ("x.csv", b"nan,1", "not finite"),
        ("x.csv", b"", "one embedding"),
        ("x.json", b"{", "cannot be read as JSON"),
        ("x.json", b'{"encoder": "sface"}', "no `vector`"),
        ("x.json", b'{"encoder": 3, "vector": [1, 2]}', "encoder is not a name"),
        ("x.json", b'[1, "2"]', "not a list of numbers"),
        ("x.json", b"[true, 1]", "not a list of numbers"),
        ("x.json", b"[NaN, 1]", "not finite"),
        ("x.json", b"[1e999, 1]", "not finite"),
        ("x.json", b"[1" + b"0" * 400 + b", 1]", "cannot be read as JSON"),
        ("x.json", b"[" * 200_000, "nested too deeply"),
        ("x.json", b" " * 1_000_001, "larger than 1 MB"),
        ("x.md", b"1,2,3", "no vector file"),
        ("x.pkl", pickle.dumps([1.0, 2.0]), r"is a pickle, which .* never opened: embeddings are read from \.npy"),
        ("x.PT", b"PK", r"never opened: embeddings are read from \.npy, .*\.safetensors"),
        ("x.bin", bytes(512), "bare bytes"),
        ("x.xlsx", b"PK", "spreadsheet"),
    ],
)
def test_what_is_no_embedding_is_refused(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=told) as caught:
        load_vector(tmp_path / name)
    assert str(caught.value).startswith(name)


def test_a_pickle_in_an_array_is_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    (tmp_path / "x.npy").write_bytes(npy(np.array([Trap()], dtype=object)))
    with pytest.raises(UserError):
        load_vector(tmp_path / "x.npy")
    assert not (tmp_path / "sprung").exists()


def test_missing_and_odd_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file"):
        load_vector(tmp_path / "x.npy")
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(UserError, match="not a file"):
        load_vector(tmp_path / "folder.npy")
    with pytest.raises(UserError, match="written as"):
        write_vector(tmp_path / "x.mat", np.ones(4, np.float32), "sface")
    with pytest.raises(UserError, match="does not exist"):
        write_vector(tmp_path / "absent" / "x.npy", np.ones(4, np.float32), "sface")


def test_a_vector_file_is_known_by_its_name() -> None:
    assert is_vector_file(Path("a/stolen.NPY"))
    assert is_vector_file(Path("stolen.pkl"))  # so that what is said of it is about embeddings
    assert not is_vector_file(Path("face.png"))
