"""Kinds that a newer program wrote into a session: kept to the byte, said once, gone with a forgotten face."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.studio.app.features import codecs
from explorer.studio.errors import UserError
from explorer.studio.faces.state import ENCODER, FACES
from explorer.studio.gallery.state import GALLERY
from explorer.studio.inversion.state import AS_TARGET
from explorer.studio.session.saving import document, opaque
from explorer.studio.session.saving.archive import MANIFEST, read_session, write_session
from explorer.studio.session.saving.blobs import DamagedSessionError, reference_of
from explorer.studio.session.saving.codec import Codec
from explorer.studio.session.saving.document import read_document, write_document
from explorer.studio.session.saving.generations import Generations, abandoned
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from explorer.studio.session.unknown import UNKNOWN, UnknownPart, kinds_in_words
from tests.studio.session.session_kit import Program, assert_same_session, full_session

DATA = Path(__file__).resolve().parents[2] / "data"
PICTURE, DEEP = b"what only a newer program can read", b'{"nothing": "further"}'
INNER = json.dumps({"of": [reference_of(PICTURE, "png")], "text": f"not {'ab' * 32}.png"}).encode()
BLOBS = {reference_of(PICTURE, "png"): PICTURE, reference_of(INNER, "json"): INNER, reference_of(DEEP, "json"): DEEP}
PEOPLE = {"version of its own": [1, None, 0.1, "ü"], reference_of(DEEP, "json"): {"inner": reference_of(INNER, "json")}}


@pytest.fixture(scope="module")
def session() -> Snapshot:
    return full_session()


@pytest.fixture(scope="module")
def parts(session: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    saved = write_session(tmp_path_factory.mktemp("saved") / "work.likeness", session)
    with zipfile.ZipFile(saved) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def newer(parts: dict[str, bytes], path: Path, blobs: dict[str, bytes] = BLOBS, **kinds: object) -> Path:
    """Write a session as a newer program would, with kinds and blobs of its own."""
    manifest = json.loads(parts[MANIFEST])
    manifest["kinds"] = {"people": PEOPLE, **manifest["kinds"], **kinds}
    manifest["versions"] = {"people": 3}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, **{f"blobs/{name}": data for name, data in blobs.items()}}.items():
            archive.writestr(name, data if name != MANIFEST else json.dumps(manifest).encode())
    return path


def held(path: Path) -> tuple[dict, dict[str, bytes]]:
    """The manifest of a file, and its blobs."""
    with zipfile.ZipFile(path) as archive:
        blobs = {name.removeprefix("blobs/"): archive.read(name) for name in archive.namelist() if name != MANIFEST}
        return json.loads(archive.read(MANIFEST)), blobs


def test_an_unknown_kind_is_written_again_unchanged(session: Snapshot, parts: dict[str, bytes], tmp_path: Path) -> None:
    opened = read_session(newer(parts, tmp_path / "newer.likeness", observatory=None), codecs())
    assert_same_session(session, opened)
    assert [(part.kind, part.version) for part in opened[UNKNOWN]] == [("people", 3), ("observatory", 1)]
    again = write_session(tmp_path / "again.likeness", opened)
    manifest, blobs = held(again)
    assert manifest["kinds"]["people"] == PEOPLE
    assert manifest["kinds"]["observatory"] is None
    assert manifest["versions"] == {"people": 3}
    assert manifest["version"] == 2
    assert {name: blobs[name] for name in BLOBS} == BLOBS
    assert held(write_session(tmp_path / "third.likeness", read_session(again, codecs())))[1] == blobs


def test_an_unknown_kind_goes_through_autosaves_one_after_the_other(parts: dict[str, bytes], tmp_path: Path) -> None:
    opened = read_session(newer(parts, tmp_path / "newer.likeness"), codecs())
    kept = Generations(tmp_path / "kept")
    first = kept.save(opened)
    assert first > 0
    assert kept.save(opened.having({AS_TARGET: not opened[AS_TARGET]})) == 0
    kept._lock.release()  # as the system does when the program is killed
    (found,) = abandoned(tmp_path / "kept")
    (part,) = found.read(codecs())[UNKNOWN]
    assert (part.kind, part.version, part.value, part.blobs) == ("people", 3, PEOPLE, BLOBS)
    found.discard()


def test_a_session_of_nothing_else_is_not_empty(tmp_path: Path) -> None:
    alone = Snapshot({UNKNOWN: (UnknownPart("people", 1, {}, {}),)})
    assert Snapshot().empty
    assert not alone.empty
    (part,) = read_session(write_session(tmp_path / "alone.likeness", alone), codecs())[UNKNOWN]
    assert (part.kind, part.version, part.value) == ("people", 1, {})


@pytest.mark.parametrize("version", [1, 2])
def test_files_without_unknown_kinds_name_no_versions(version: int, tmp_path: Path) -> None:
    """So that programs that know of none go on reading them."""
    opened = read_session(DATA / f"session-{version}.likeness", codecs())
    assert opened[UNKNOWN] == ()
    manifest, _ = held(write_session(tmp_path / "again.likeness", opened))
    assert set(manifest) == {"format", "version", "program", "saved", "kinds"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda blobs: blobs.pop(reference_of(PICTURE, "png")), "is missing"),
        (lambda blobs: blobs.update({reference_of(PICTURE, "png"): b"something else"}), "is damaged"),
        (lambda blobs: blobs.update({reference_of(INNER, "json"): b"[" * 10**5}), "is damaged"),
    ],
    ids=["missing", "altered", "deep"],
)
def test_blobs_of_an_unknown_kind_are_checked_as_all_others(
    parts: dict[str, bytes], tmp_path: Path, spoil: Callable, said: str
) -> None:
    blobs = dict(BLOBS)
    spoil(blobs)
    with pytest.raises(UserError, match=said):
        read_session(newer(parts, tmp_path / "x.likeness", blobs), codecs())


def test_json_that_is_nested_too_deeply_is_refused(parts: dict[str, bytes], tmp_path: Path) -> None:
    deep = b"[" * 10**5 + b"]" * 10**5
    blobs = {**BLOBS, reference_of(deep, "json"): deep}
    with pytest.raises(UserError, match="nested too deeply"):
        read_session(newer(parts, tmp_path / "x.likeness", blobs, observatory=reference_of(deep, "json")), codecs())


def test_more_than_can_be_held_is_refused(
    parts: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, BLOBS.values()))
    path = newer(parts, tmp_path / "x.likeness")
    monkeypatch.setattr(opaque, "LARGEST", size)
    assert len(read_session(path, codecs())[UNKNOWN]) == 1
    monkeypatch.setattr(opaque, "LARGEST", size - 1)
    with pytest.raises(UserError, match="does not know"):
        read_session(path, codecs())


class Parts:
    """Blobs in memory, as a sink and as a source."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, ending: str, made_from: tuple[object, ...], encode: Callable[[], bytes]) -> str:
        data = encode()
        reference = reference_of(data, ending)
        self.blobs[reference] = data
        return reference

    def get(self, reference: str) -> bytes:
        return self.blobs[reference]


def test_each_kind_has_a_version_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind is brought up to date alone; a newer one than the program's is refused and named."""

    def codec(version: int) -> Codec:
        def read(value, source, found):
            return {ENCODER: value["encoder"]}

        def write(snapshot, sink):
            return {"encoder": snapshot[ENCODER]}

        def named(value):
            return {"encoder": value}

        return Codec(
            "chosen",
            (ENCODER,),
            write if version == 2 else lambda snapshot, sink: snapshot[ENCODER],
            read,
            version=version,
            migrations={1: named},
        )

    parts = Parts()
    monkeypatch.setattr(document, "load_codecs", lambda names: (codec(1),))
    old = write_document(Snapshot({ENCODER: "sface"}), parts)
    assert "versions" not in json.loads(old)
    monkeypatch.setattr(document, "load_codecs", lambda names: (codec(2),))
    new = write_document(Snapshot({ENCODER: "sface"}), parts)
    assert json.loads(new)["versions"] == {"chosen": 2}
    assert read_document(old, parts, ())[ENCODER] == read_document(new, parts, ())[ENCODER] == "sface"
    monkeypatch.setattr(document, "load_codecs", lambda names: (codec(1),))
    with pytest.raises(DamagedSessionError, match="chosen are of a newer version"):
        read_document(new, parts, ())


# In a session that is open.


@pytest.fixture
def program(parts: dict[str, bytes], tmp_path: Path) -> Program:
    opened = Program()
    opened.bench.files.persist_in(tmp_path / "kept")
    opened.bench.files.open(newer(parts, tmp_path / "newer.likeness", observatory=[1]))
    opened.settle()
    return opened


def said(program: Program, words: str) -> list[str]:
    return [one.text for one in program.session[NOTIFICATIONS] if words in one.text]


def test_what_is_not_known_is_said_once(program: Program) -> None:
    assert said(program, "does not know") == [
        "This session holds 'people' and 'observatory', which this version does not know: it is kept as it is"
    ]
    program.bench.settings.change("seed", 5)
    program.bench.files.save()
    program.settle()
    assert len(said(program, "does not know")) == 1
    path = program.session[DOCUMENT].path
    assert path is not None
    assert [part.kind for part in read_session(path, codecs())[UNKNOWN]] == ["people", "observatory"]


def test_undo_leaves_it_and_a_new_session_has_none(program: Program) -> None:
    before = program.session[UNKNOWN]
    program.bench.faces.close_face(next(iter(program.session[FACES])))
    program.bench.undo()
    program.settle()
    assert program.session[UNKNOWN] is before
    program.bench.files.new()
    assert program.session[UNKNOWN] == ()


def test_with_a_face_that_is_forgotten_it_goes_and_that_is_said(program: Program, tmp_path: Path) -> None:
    program.bench.files.tick()
    program.settle()
    assert PICTURE in b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())
    program.bench.faces.remove_face(next(iter(program.session[FACES])))
    program.settle()
    assert program.session[UNKNOWN] == ()
    assert program.session[DOCUMENT].modified
    assert said(program, "dropped") == [
        "'people' and 'observatory', which this version does not know, may have held what you forgot and was dropped"
    ]
    left = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())
    assert PICTURE not in left
    assert b"observatory" not in left
    program.bench.undo()
    program.settle()
    assert program.session[UNKNOWN] == ()


def test_a_forgotten_gallery_face_takes_it_along(program: Program) -> None:
    program.bench.gallery.forget([next(program.session[GALLERY].faces()).key])
    program.settle()
    assert program.session[UNKNOWN] == ()


def test_long_names_are_cut() -> None:
    parts = [UnknownPart(kind, 1, None, {}) for kind in ("a", "b", "c" * 99)]
    assert kinds_in_words(parts) == f"'a', 'b' and '{'c' * 40}'"
    assert kinds_in_words(parts[:1]) == "'a'"


def test_of_many_kinds_a_few_are_named() -> None:
    parts = [UnknownPart(f"k{number}", 1, None, {}) for number in range(100_000)]
    assert kinds_in_words(parts) == "'k0', 'k1', 'k2', 'k3', 'k4' and 99995 more"


def test_a_text_that_could_not_be_written_again_is_refused(parts: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no JSON"):
        read_session(newer(parts, tmp_path / "x.likeness", observatory="half \ud83d of a character"), codecs())
    whole = read_session(newer(parts, tmp_path / "y.likeness", observatory="a whole \U0001f600"), codecs())
    assert held(write_session(tmp_path / "z.likeness", whole))[0]["kinds"]["observatory"] == "a whole \U0001f600"
