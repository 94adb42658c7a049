"""A session with something of every kind in it, made of synthetic pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from explorer.science.leakage.edits import Patch
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.faces.state import EDITS, EMBEDDINGS, ENCODER, FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.gallery.state import GALLERY, Gallery, Refused
from explorer.studio.geometry.state import VIEWING
from explorer.studio.geometry.view.scene import Camera
from explorer.studio.inversion.state import AS_TARGET, COMPARED, RUN, RUNS, SETTINGS, WEIGHTS, all_runs
from explorer.studio.inversion.values import Overlay
from explorer.studio.session.handlers import SESSION_HANDLERS
from explorer.studio.session.snapshot import Snapshot, capture
from explorer.studio.variation.state import VARIATION, VariationState
from explorer.studio.variation.values import EnsembleResult
from tests import canned_program as canned
from tests.studio.gallery.gallery_kit import made_up_gallery
from tests.studio.variation.variation_kit import made_up_variation

INITIAL = {"identity": 1.0, "prior": 0.02}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Program:
    """A workbench on a fake engine whose events are handled at once."""

    def __init__(self, **replaced: object) -> None:
        self.session = new_session()
        self.session[SETTINGS] = canned.short_settings()
        self.engine = FakeEngine(canned.handlers(**replaced) | dict(SESSION_HANDLERS))
        self.bench = Workbench(self.engine, self.session, INITIAL)
        self.engine.connect(self.bench.handle)

    def settle(self) -> None:
        self.engine.run()

    def open(self, data: bytes = b"1", name: str = "one.png") -> str:
        self.bench.faces.open_bytes(data, name)
        self.settle()
        assert self.session[SELECTED] is not None
        return self.session[SELECTED]

    def invert(self) -> str:
        """Make a whole run; its key."""
        self.bench.inversion.start()
        self.settle()
        assert self.session[RUN] is not None
        return self.session[RUN].key


def full_session() -> Snapshot:
    """A photograph with two faces, one edited; a vector; a run with a branch and overlays; a comparison of runs."""
    program = Program()
    first = program.open(b"2", "two.png")
    session, bench = program.session, program.bench
    bench.faces.open_vectors([Path("stolen.npy")], "sface")
    program.settle()
    bench.faces.select_face(first)
    bench.settings.select_encoder("arcface-mbf")
    program.invert()
    bench.settings.set_weight("prior", 0.5)
    bench.runs.branch(3)
    program.settle()
    bench.runs.compare(next(iter(session[RUNS])), True)
    bench.probes.edit_picture("blur", 1.5)
    bench.probes.hide(Patch.rectangle(0.1, 0.2, 0.3, 0.4))
    bench.probes.edit_vector("bits", 4)
    assert session[RUN] is not None
    overlay = Overlay(np.full((68, 2), 0.5, np.float32), None, np.full((3, 10), 0.1, np.float32), None)
    overlays = tuple(overlay if index % 2 else None for index in range(len(session[RUN].steps)))
    session[RUN] = replace(session[RUN], overlays=overlays, target_overlay=overlay)
    finished = made_up_variation(2)
    painted = np.repeat(np.arange(64, dtype=np.uint8)[:, None, None], 64, 1).repeat(3, 2)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    pictures = tuple(one.native for one in finished.results)
    varied = EnsembleResult("variation-1", finished, painted, ramp, 30.0)
    session[VARIATION] = VariationState(
        "variation-1", session[RUN].target, 2, False, "finished", pictures, ("one", "two"), varied
    )
    gallery = made_up_gallery(5)
    keys = [face.key for face in gallery.faces()]
    refused = (Refused(Path("/made up/broken.jpg"), "it is damaged"),)
    session[GALLERY] = replace(gallery, refused=refused, unfinished=gallery.roots, named={keys[3]: "Ada"})
    bench.views.set_style(tint="exact", wireframe=True)
    bench.views.set_camera(Camera(30.0, -10.0, 2.0, 0.1, 0.0))
    return capture(session, b"where the docks lie")


def assert_same_session(one: Snapshot, other: Snapshot) -> None:
    """To the last bit, but for what follows from the rest."""
    assert one.layout == other.layout
    for slice_ in (SELECTED, ENCODER, SETTINGS, WEIGHTS, COMPARED, AS_TARGET, EDITS):
        assert one[slice_] == other[slice_], slice_.name
    for field in ("subject", "look", "camera", "landmarks_by", "fitted_by"):
        assert getattr(one[VIEWING], field) == getattr(other[VIEWING], field), field
    assert list(one[PHOTOGRAPHS]) == list(other[PHOTOGRAPHS])
    for key, photograph in one[PHOTOGRAPHS].items():
        assert photograph.photograph.name == other[PHOTOGRAPHS][key].photograph.name
        assert np.array_equal(photograph.photograph.pixels, other[PHOTOGRAPHS][key].photograph.pixels)
    assert list(one[FACES]) == list(other[FACES])
    for key, face in one[FACES].items():
        again = other[FACES][key]
        assert (face.name, face.photograph_key, face.face.box, face.face.score, face.face.by_hand) == (
            again.name, again.photograph_key, again.face.box, again.face.score, again.face.by_hand,
        )  # fmt: skip
        assert np.array_equal(face.face.points, again.face.points)
        assert np.array_equal(face.frame, again.frame)
        for encoder, vector in one[EMBEDDINGS][key].items():
            assert np.array_equal(vector, other[EMBEDDINGS][key][encoder])
    assert list(one[VECTORS]) == list(other[VECTORS])
    for key, vector in one[VECTORS].items():
        assert np.array_equal(vector.vector, other[VECTORS][key].vector)
    mine, theirs = all_runs(one), all_runs(other)
    assert list(mine) == list(theirs)
    for key in mine:
        _assert_same_run(mine[key], theirs[key])
    assert (one[RUN] is None) == (other[RUN] is None)
    assert one[RUN] is None or one[RUN].key == other[RUN].key
    _assert_same_gallery(one[GALLERY], other[GALLERY])
    assert (one[VARIATION] is None) == (other[VARIATION] is None)
    if one[VARIATION] is not None:
        mine, theirs = one[VARIATION].result.finished, other[VARIATION].result.finished
        assert mine.record == theirs.record
        assert np.array_equal(mine.spread, theirs.spread)
        assert np.array_equal(mine.mean, theirs.mean)
        for a, b in zip(mine.results, theirs.results, strict=True):
            assert np.array_equal(a.native, b.native)
            assert torch.equal(a.latent, b.latent)


def _assert_same_gallery(one: Gallery, other: Gallery) -> None:
    for field in ("roots", "unfinished", "grouping", "grouped", "named"):
        assert getattr(one, field) == getattr(other, field), field
    assert [(r.path, r.reason) for r in one.refused] == [(r.path, r.reason) for r in other.refused]
    for block, again in zip(one.blocks, other.blocks, strict=True):
        for face, twin in zip(block.faces, again.faces, strict=True):
            for field in ("key", "name", "path", "folder", "thumbnail"):
                assert getattr(face, field) == getattr(twin, field), field
            assert (face.face.box, face.face.score) == (twin.face.box, twin.face.score)
            assert np.array_equal(face.face.points, twin.face.points)
        assert block.vectors.keys() == again.vectors.keys()
        assert all(np.array_equal(some, again.vectors[encoder]) for encoder, some in block.vectors.items())


def _assert_same_run(one, other) -> None:
    for field in (
        "key",
        "number",
        "settings",
        "status",
        "steps",
        "changes",
        "best_index",
        "seconds",
        "branch",
        "result",
    ):
        assert getattr(one, field) == getattr(other, field), field
    assert one.target.record == other.target.record
    assert np.array_equal(one.target.vector, other.target.vector)
    assert one.target.held_out.keys() == other.target.held_out.keys()
    for field in ("image", "best_image", "native", "target_frame"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    assert all(torch.equal(a, b) for a, b in zip(one.latents, other.latents, strict=True))
    for a, b in zip((*one.overlays, one.target_overlay), (*other.overlays, other.target_overlay), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert np.array_equal(a.landmarks, b.landmarks)
            assert np.array_equal(a.histogram, b.histogram)
            assert b.wanted_landmarks is None
