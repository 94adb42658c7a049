"""Forget this face: a session with something of every kind is made, kept and saved; then the whole disk is searched."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.science.leakage.edits import Patch
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.batch.controller import BatchController
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, SELECTED
from explorer.studio.gallery.state import GALLERY
from explorer.studio.inversion.state import RUNS
from explorer.studio.variation.state import VARIATION
from tests.studio.gallery.gallery_kit import CannedGallery
from tests.ui.canned import HANDLERS

NAME = "jane-secret"
CAMERA = b"Canon of Jane Secret"
# A colour that nothing else in the session has.
COLOUR = np.array([224, 16, 200])


class World:
    """Everything that the program keeps lies below one folder."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        folders = {"LIKENESS_CACHE": "cache", "LIKENESS_STATE": "state", "XDG_CONFIG_HOME": "config"}
        for variable, folder in folders.items():
            (root / folder).mkdir(mode=0o700)
            monkeypatch.setenv(variable, str(root / folder))
        self.session = new_session()
        gallery = CannedGallery(root / "cache").table()
        self.engine = FakeEngine({**HANDLERS, **gallery})
        self.bench = Workbench(self.engine, self.session, {"identity": 1.0, "prior": 0.02})
        self.engine.connect(self.bench.handle)
        self.bench.files.persist_in(root / "state" / "autosave")
        self.bench.batches.persist_in(root / "state" / "batches.json")
        self.settle()

    def settle(self) -> None:
        while self.engine.run():
            pass

    def keep(self) -> None:
        """As the window does every second, and when the user saves."""
        self.bench.files.tick()
        self.settle()
        self.bench.files.save(self.root / "work.likeness")
        self.settle()
        self.bench.files.tick()
        self.settle()

    def files(self) -> list[Path]:
        return [Path(place) / name for place, _, names in os.walk(self.root) for name in names]

    def disk(self) -> bytes:
        """All that lies there, and the names under which it lies."""
        names = "\n".join(str(path.relative_to(self.root)) for path in self.files()).encode()
        return names + b"".join(path.read_bytes() for path in self.files())


def photograph(folder: Path, name: str, colour: np.ndarray, seed: int) -> Path:
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(seed).integers(-15, 15, (240, 200, 3))
    exif = Image.Exif()
    exif[0x010F] = CAMERA.decode()
    path = folder / f"{name}.png"
    Image.fromarray(np.clip(colour + noise, 0, 255).astype(np.uint8)).save(path, exif=exif)
    return path


def pictures(data: bytes) -> Iterator[np.ndarray]:
    """Every PNG and JPEG that can be found in bytes, inside of other files too."""
    for mark in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        at = data.find(mark)
        while at >= 0:
            try:
                with Image.open(io.BytesIO(data[at : at + 20_000_000])) as image:
                    yield np.asarray(image.convert("RGB"))
            except (OSError, SyntaxError, ValueError):
                pass
            at = data.find(mark, at + 1)


def shows_her(picture: np.ndarray) -> bool:
    return bool(np.abs(picture.reshape(-1, 3).mean(0) - COLOUR).max() < 40)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    root = tmp_path / "disk"
    root.mkdir(mode=0o700)
    return World(root, monkeypatch)


@pytest.fixture
def worked(world: World, tmp_path: Path) -> tuple[World, str, dict[str, bytes]]:
    """A session in which she is everywhere, beside somebody who stays; what her traces are, by name."""
    bench, session = world.bench, world.session
    hers = photograph(tmp_path / "photographs", NAME, COLOUR, 1)
    stays = photograph(tmp_path / "photographs", "other-person", np.array([60, 90, 60]), 2)
    bench.gallery.add_folders([tmp_path / "photographs"])
    world.settle()
    bench.faces.open_paths([stays])
    world.settle()
    bench.faces.open_paths([hers])
    world.settle()
    key = session[SELECTED]
    assert key is not None
    bench.settings.change("steps", 20)
    for moves in range(2):
        bench.inversion.start()
        world.settle()
        bench.runs.branch(5)
        world.settle()
        bench.settings.set_weight("prior", 0.1 * (moves + 1))
        bench.faces.place_points(session[FACES][key].photograph_key, session[FACES][key].face.points + moves, key)
        world.settle()
    bench.runs.compare(next(iter(session[RUNS])), True)
    bench.probes.edit_picture("blur", 1.5)
    bench.probes.hide(Patch.rectangle(0.1, 0.2, 0.3, 0.4))
    bench.variation.start(2)
    world.settle()
    bench.undo()
    bench.redo()
    bench.faces.close_face(key)
    bench.undo()
    world.settle()
    world.keep()
    vectors = session[EMBEDDINGS][key]
    traces = {
        "file": hers.read_bytes()[400:464],
        "sha256": session[FACES][key].photograph_key.encode(),
        "name": NAME.encode(),
        **{f"embedding {encoder}": vector.astype("<f4").tobytes() for encoder, vector in vectors.items()},
        **{f"embedding {encoder}, float64": vector.astype("<f8").tobytes() for encoder, vector in vectors.items()},
    }
    found = next(one for one in session[GALLERY].faces() if one.name.startswith(NAME))
    traces["thumbnail"] = found.thumbnail
    block = next(one for one in session[GALLERY].blocks if found in one.faces)
    row = block.vectors["sface"][block.faces.index(found)]
    traces["embedding in the gallery"] = row.astype("<f4").tobytes()
    return world, key, traces


def test_what_is_kept_is_its_owners_alone_and_holds_no_metadata(worked) -> None:
    world, _, traces = worked
    for path in world.files():
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.parent.stat().st_mode & 0o077 == 0, path.parent
    disk = world.disk()
    assert CAMERA not in disk, "EXIF goes when a photograph is read"
    assert traces["file"] not in disk, "its pixels are kept, not its file"
    for name in ("sha256", "name", "thumbnail", "embedding sface", "embedding in the gallery"):
        assert traces[name] in disk, f"the search must be able to find the {name}"
    assert any(map(shows_her, pictures(disk)))


def test_a_forgotten_face_is_nowhere_on_the_disk(worked) -> None:
    world, key, traces = worked
    world.bench.faces.remove_face(key)
    world.settle()
    world.keep()
    disk = world.disk()
    assert [name for name, trace in traces.items() if trace in disk] == []
    assert not any(map(shows_her, pictures(disk)))
    assert b"other-person" in disk, "who was not forgotten stays"


def test_nor_is_it_in_memory_to_be_written_later(worked) -> None:
    world, key, traces = worked
    sha256 = traces["sha256"].decode()
    world.bench.faces.remove_face(key)
    world.settle()
    for _ in range(40):
        world.bench.undo()
        world.settle()
    for _ in range(40):
        world.bench.redo()
        world.settle()
    world.keep()
    session = world.session
    assert sha256 not in session[PHOTOGRAPHS]
    assert not any(sha256 in run.target.key or run.target.record.sha256 == sha256 for run in session[RUNS].values())
    assert session[VARIATION] is None or session[VARIATION].target.record.sha256 != sha256
    assert [name for name, trace in traces.items() if trace in world.disk()] == []


def test_the_kept_queue_of_folders_names_no_file_of_theirs(world, tmp_path) -> None:
    photograph(tmp_path / "photographs", NAME, COLOUR, 1)
    bench: BatchController = world.bench.batches
    bench._ticket = object()  # type: ignore[assignment] - the device is busy, so that it waits
    bench.add("embed", tmp_path / "photographs", tmp_path / "out")
    kept = world.root / "state" / "batches.json"
    assert NAME.encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
