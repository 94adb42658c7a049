"""Session files: what comes back is what was saved, and what a stranger put together is refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save as encode

from explorer.studio.app.features import codecs
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.faces.state import EDITS, FACES, SELECTED
from explorer.studio.inversion.state import RUNS
from explorer.studio.session.saving.archive import MANIFEST, read_session, write_session
from explorer.studio.session.saving.blobs import reference_of
from explorer.studio.session.saving.document import VERSION, read_document
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.variation.state import VARIATION
from tests.studio.session.session_kit import assert_same_session, full_session

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def session() -> Snapshot:
    return full_session()


@pytest.fixture(scope="module")
def saved(session: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_session(tmp_path_factory.mktemp("saved") / "work.likeness", session)


@pytest.fixture
def parts(saved: Path) -> dict[str, bytes]:
    """A good file's entries, to be spoilt."""
    with zipfile.ZipFile(saved) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_comes_back_to_the_last_bit(session: Snapshot, saved: Path) -> None:
    assert_same_session(session, read_session(saved, codecs()))


def test_the_file_is_its_owners_only_and_holds_no_metadata_of_the_photographs(saved: Path, parts: dict) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    for name, data in parts.items():
        if name.endswith(".png"):
            kinds = {
                data[at - 4 : at] for at in range(8, len(data)) if data[at - 4 : at] in (b"eXIf", b"tEXt", b"iTXt")
            }
            assert kinds == set()


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_file_of_every_version_is_still_read(version: int) -> None:
    """Each was written when its version was the newest, by scripts/session_fixture.py."""
    session = read_session(DATA / f"session-{version}.likeness", codecs())
    assert [face.name for face in session[FACES].values()] == ["two.png", "two.png, face 2"]
    first, second = session[RUNS].values()
    assert (first.branch, second.branch.run, second.branch.step) == (None, first.key, 3)
    assert len(second.latents) == len(second.steps) == 6
    assert session[EDITS][session[SELECTED]].picture.blur == 1.5
    assert session[VARIATION] is not None


def test_older_versions_are_brought_up_to_date_step_by_step() -> None:
    manifest = {"format": "likeness-session", "version": 1, "program": "0", "saved": "", "kinds": {"faces2": 1}}
    seen = []

    def rename(new: str) -> Callable:
        def migrate(record: dict) -> dict:
            seen.append(record["version"])
            return {**record, "kinds": {new: {"faces": []}}}

        return migrate

    read_document(json.dumps(manifest).encode(), None, codecs(), {1: rename("faces1"), 2: rename("faces")}, version=3)
    assert seen == [1, 2]


def test_a_cancelled_save_leaves_what_was_there(session: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "work.likeness"
    path.write_bytes(b"before")
    with pytest.raises(Cancelled):
        write_session(path, session, lambda: True)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


# Hostile files.


def write(path: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_session(path, codecs())
    (line,) = str(caught.value).splitlines()
    assert len(line) < 600
    return line


def changed(parts: dict[str, bytes], change: Callable[[dict], object]) -> dict[str, bytes]:
    manifest = json.loads(parts[MANIFEST])
    change(manifest)
    return {**parts, MANIFEST: json.dumps(manifest).encode()}


class Bomb:
    """Would leave a mark if ever unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "/etc/passwd", "blobs/../../x.png", "C:\\x.png", "blobs/" + "a" * 64 + ".pkl", "setup.py"],
)
def test_names_that_lead_elsewhere_are_refused(parts: dict, tmp_path: Path, name: str) -> None:
    line = refused(write(tmp_path / "x.likeness", {**parts, name: b"!"}))
    assert "no place in a session" in line
    assert sorted(tmp_path.iterdir()) == [tmp_path / "x.likeness"]


def test_a_pickle_in_any_place_is_never_loaded(parts: dict, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = pickle.dumps(Bomb(mark))
    for ending in ("safetensors", "png", "json"):
        name = next(name for name in parts if name.startswith("blobs/") and name.endswith(ending))
        reference = reference_of(evil, ending)
        spoilt = {n: d.replace(name[6:].encode(), reference.encode()) for n, d in parts.items() if n != name}
        refused(write(tmp_path / f"{ending}.likeness", {**spoilt, f"blobs/{reference}": evil}))
    refused(write(tmp_path / "manifest.likeness", {**parts, MANIFEST: evil}))
    (tmp_path / "whole.likeness").write_bytes(evil)
    refused(tmp_path / "whole.likeness")
    assert not mark.exists()


def test_compressed_parts_are_refused_before_they_swell(parts: dict, tmp_path: Path) -> None:
    assert "compressed" in refused(write(tmp_path / "x.likeness", parts, zipfile.ZIP_DEFLATED))


@pytest.mark.slow
def test_a_manifest_that_swells_is_read_no_further_than_its_limit(parts: dict, tmp_path: Path) -> None:
    path = tmp_path / "x.likeness"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(MANIFEST, "w") as file:
        for _ in range(80):
            file.write(b" " * 2**20)
    assert "64 MB" in refused(path)


def test_entries_that_overlap_are_refused(parts: dict, tmp_path: Path) -> None:
    """Many names for the same bytes: the sum of what they claim exceeds the file."""
    path = write(tmp_path / "x.likeness", {MANIFEST: b"{}", "blobs/" + "0" * 64 + ".png": b"x" * 10_000})
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    end = data.index(b"PK\x05\x06")
    entry = data[at:end]
    more = b"".join(entry.replace(b"0" * 64, f"{number:064x}".encode()) for number in range(1, 20))
    tail = bytearray(data[end:])
    count = struct.unpack_from("<H", tail, 8)[0] + 19
    struct.pack_into("<HHL", tail, 8, count, count, struct.unpack_from("<L", tail, 12)[0] + len(more))
    path.write_bytes(data[:end] + more + bytes(tail))
    assert "larger than the file" in refused(path)


def test_a_directory_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.likeness"
    path.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, 2**31, 0, 0))
    assert "directory" in refused(path)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[" * 100_000,
        b'{"format": "likeness-session", "version": ' + b"9" * 5000 + b"}",
        b'{"format": "likeness-session", "version": true}',
        b'{"format": "likeness-session"}',
        b'{"format": "other", "version": 1}',
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b"\xff\xfe{}",
    ],
    ids=["empty", "deep", "huge number", "bool", "no version", "foreign", "entities", "no text"],
)
def test_absurd_manifests_are_refused(parts: dict, tmp_path: Path, manifest: bytes) -> None:
    refused(write(tmp_path / "x.likeness", {**parts, MANIFEST: manifest}))


def test_a_newer_version_is_named(parts: dict, tmp_path: Path) -> None:
    newer = changed(parts, lambda manifest: manifest.update(version=VERSION + 1))
    assert "newer Likeness" in refused(write(tmp_path / "a.likeness", newer))
    newer = changed(parts, lambda manifest: manifest.update(versions={"runs": 2}))
    assert "its runs are of a newer version: open it with a newer Likeness" in refused(
        write(tmp_path / "b.likeness", newer)
    )


def black_png(side: int) -> bytes:
    """A whole PNG of so many black rows and columns: its rows are zeros, so that one compressed piece of them repeats.

    side: a multiple of 8.
    """
    row = 1 + side // 8  # what filters it, then a bit a pixel
    deflate = zlib.compressobj(9, wbits=-15)
    piece = deflate.compress(bytes(row * 8)) + deflate.flush(zlib.Z_FULL_FLUSH)
    end = struct.pack(">HH", side * row % 65521, 1)  # the Adler-32 of zeros
    data = b"\x78\xda" + piece * (side // 8) + deflate.flush() + end

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _swap_picture(parts: dict[str, bytes], pixels: np.ndarray) -> dict[str, bytes]:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return _swap(parts, "png", buffer.getvalue())


def _swap(parts: dict[str, bytes], ending: str, data: bytes, only: str = "") -> dict[str, bytes]:
    reference = reference_of(data, ending)

    def change(manifest: dict) -> None:
        if ending == "png":
            manifest["kinds"]["photographs"][0]["pixels"] = reference
        else:
            manifest["kinds"]["faces"]["faces"][0]["embeddings"] = reference

    return {**changed(parts, change), f"blobs/{reference}": data}


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"arcface-mbf": np.array([np.nan, 1], np.float32)}, "finite"),
        ({"arcface-mbf": np.ones((3, 3), np.float32)}, "shape"),
        ({"arcface-mbf": np.ones(3, np.float64)}, "float32"),
        ({"arcface-mbf": np.ones(0, np.float32)}, "shape"),
    ],
)
def test_arrays_of_another_kind_or_shape_are_refused(parts: dict, tmp_path: Path, arrays: dict, said: str) -> None:
    assert said in refused(write(tmp_path / "x.likeness", _swap(parts, "safetensors", encode(arrays))))


def test_an_array_file_whose_header_lies_is_refused(parts: dict, tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    lying = struct.pack("<Q", len(header)) + header
    assert "arrays" in refused(write(tmp_path / "x.likeness", _swap(parts, "safetensors", lying)))


@pytest.mark.slow
def test_a_picture_bomb_is_refused_by_its_header(parts: dict, tmp_path: Path) -> None:
    assert "megapixels" in refused(write(tmp_path / "x.likeness", _swap(parts, "png", black_png(60_000))))


def test_altered_bytes_are_noticed(parts: dict, tmp_path: Path) -> None:
    name = next(name for name in parts if name.endswith(".safetensors"))
    spoilt = {**parts, name: parts[name][:-1] + bytes([parts[name][-1] ^ 1])}
    assert "damaged" in refused(write(tmp_path / "x.likeness", spoilt))


@pytest.mark.parametrize(
    "change",
    [
        lambda kinds: kinds["faces"]["faces"][0].update(photograph="0" * 64),
        lambda kinds: kinds["faces"]["faces"][0].update(points=[[1e30, 0]] * 5),
        lambda kinds: kinds["faces"]["faces"][0].update(box=[-1e9, -1e9, 1e9, 1e9]),
        lambda kinds: kinds["faces"]["faces"][0].update(key="../../x"),
        lambda kinds: kinds["faces"]["faces"][0].update(embeddings="../../../etc/passwd"),
        lambda kinds: kinds["faces"]["faces"][0].update(extra=1),
        lambda kinds: kinds["photographs"][0].update(pixels="f" * 64 + ".png"),
        lambda kinds: kinds["choices"]["settings"].update(steps=10**9),
        lambda kinds: kinds["choices"]["weights"].update(prior=-1),
        lambda kinds: kinds["runs"].update(runs=[kinds["runs"]["runs"][0][:-5] + ".png"]),
        lambda kinds: kinds.update(runs=[]),
    ],
)
def test_records_that_do_not_fit_are_refused(parts: dict, tmp_path: Path, change: Callable) -> None:
    refused(write(tmp_path / "x.likeness", changed(parts, lambda manifest: change(manifest["kinds"]))))


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.update(latents=[]),
        lambda run: run["steps"].pop(),
        lambda run: run["steps"][0].update(index=3),
        lambda run: run.update(best_index=99),
        lambda run: run["result"].update(best_index=-1),
        lambda run: run["branch"].update(step=-1),
        lambda run: run["target"].update(embeddings=run["latents"][0]),
    ],
)
def test_runs_that_do_not_hold_together_are_refused(parts: dict, tmp_path: Path, change: Callable) -> None:
    manifest = json.loads(parts[MANIFEST])
    run = json.loads(parts[f"blobs/{manifest['kinds']['runs']['runs'][1]}"])
    change(run)
    data = json.dumps(run).encode()
    reference = reference_of(data, "json")
    spoilt = changed(parts, lambda manifest: manifest["kinds"]["runs"].update(runs=[reference]))
    refused(write(tmp_path / "x.likeness", {**spoilt, f"blobs/{reference}": data}))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a session at all", b"\x00" * 5000])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.likeness").write_bytes(data)
    assert "x.likeness" in refused(tmp_path / "x.likeness")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no file" in refused(tmp_path / "none.likeness")


def test_a_file_cut_short_anywhere_is_refused_or_whole(saved: Path, tmp_path: Path) -> None:
    data = saved.read_bytes()
    for share in np.linspace(0, 0.999, 25):
        (tmp_path / "x.likeness").write_bytes(data[: int(share * len(data))])
        refused(tmp_path / "x.likeness")
