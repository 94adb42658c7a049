"""A network on its way in the window: tried, kept, refused, and let go of."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.science.evaluation.conventions import TriedConvention
from explorer.science.evaluation.separation import Separation
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import InputConvention
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.bringing.requests import KeepNetwork, NetworkKept, TryNetwork
from explorer.studio.bringing.sealed import NetworkDescription
from explorer.studio.bringing.state import BRINGING
from explorer.studio.bringing.tried import TriedNetwork
from explorer.studio.bringing.wishes import Wishes
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.faces.requests import EmbedFace
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, VECTORS, LoadedVector
from explorer.studio.gallery.requests import FoldersRead, ReadFolders
from explorer.studio.gallery.state import GALLERY
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base import registries
from tests.studio.bringing.slice_samples import card
from tests.studio.gallery.gallery_kit import made_up_gallery
from tests.ui.canned import HANDLERS

USUAL = InputConvention("arcface", (112, 112))
BOX = InputConvention("square-box", (112, 112), "BGR", per_image=True, margin=1.2)
DESCRIPTION = NetworkDescription(
    architecture="ONNX graph",
    file_format="ONNX",
    sizes=((112, 112),),
    dimension=32,
    layer="y",
    layers=("y", "hidden"),
    conventions=(USUAL,),
    normalised=False,
    sha256="ab" * 32,
    operations=1e9,
    files=("mine.onnx",),
)


def tried_network(path: Path, layer: str | None = None) -> TriedNetwork:
    found = Separation(0.99, 0.95, 1.0, 3.0, 100, 1000, 10)
    lines = (TriedConvention(USUAL, 200, True, found), TriedConvention(BOX, 40, False, found))
    return TriedNetwork(path, layer, DESCRIPTION, "openpeople", lines)


def try_canned(request: TryNetwork, control: Control) -> Generator[Report, None, TriedNetwork]:
    """Refuses what is called bad."""
    yield Progress("trying conventions, rough", 3, 12)
    if request.path.stem == "bad":
        raise NetworkFileError("bad.onnx: the same person is not nearer than others")
    return tried_network(request.path, request.layer)


def keep_canned(request: KeepNetwork, control: Control) -> Generator[Report, None, NetworkKept]:
    yield Progress("measuring on openpeople", 8, 200)
    if request.naming.name == "taken":
        raise NetworkFileError("there is a network called taken already")
    return NetworkKept(card(request.naming.name or "", licence=request.naming.licence))


def read_canned(request: ReadFolders, control: Control) -> Generator[Report, None, FoldersRead]:
    yield Progress("reading")
    return FoldersRead(request.roots, True, 0)


CANNED = {TryNetwork: try_canned, KeepNetwork: keep_canned, ReadFolders: read_canned}


@pytest.fixture
def app() -> Workbench:
    engine = FakeEngine({**HANDLERS, **CANNED})
    workbench = Workbench(engine, new_session())
    engine.connect(workbench.handle)
    return workbench


def test_what_was_tried_is_shown_and_kept_under_the_line_that_is_chosen(app: Workbench) -> None:
    app.bringing.try_network(Path("Mine.onnx"))
    assert app.session[BRINGING].stage == "trying"
    app.engine.run()  # type: ignore[attr-defined]
    shown = app.session[BRINGING]
    assert (shown.stage, shown.name, shown.layer, shown.layers) == ("tried", "mine", "y", ("y", "hidden"))
    first, second = shown.lines
    assert (first.framing, first.numbers, first.auc) == ("five points", "(x - 127.5) / 127.5", "0.990 [0.950, 1.000]")
    assert (second.framing, second.colour, second.numbers) == (
        "box x 1.2",
        "BGR",
        "(x - mean) / deviation of each picture",
    )
    app.bringing.keep(1, "mine", "for tests", False)
    (_, request), *_ = app.pending(KeepNetwork)
    assert (request.line, request.naming.name, request.naming.licence) == (1, "mine", "for tests")
    app.engine.run()  # type: ignore[attr-defined]
    assert app.session[BRINGING].stage == "kept"
    assert app.session[NOTIFICATIONS][-1].title == "mine is an encoder now"


def test_a_refusal_is_shown_and_another_name_can_be_tried(app: Workbench) -> None:
    app.bringing.try_network(Path("bad.onnx"))
    app.engine.run()  # type: ignore[attr-defined]
    assert app.session[BRINGING].stage == "failed"
    assert "not nearer than others" in app.session[BRINGING].message
    app.bringing.try_network(Path("good.onnx"))
    app.engine.run()  # type: ignore[attr-defined]
    app.bringing.keep(0, "taken", "for tests", False)
    app.engine.run()  # type: ignore[attr-defined]
    assert (app.session[BRINGING].stage, app.session[BRINGING].message) == (
        "tried",
        "there is a network called taken already",
    )
    app.bringing.keep(0, "mine", "for tests", False)
    app.engine.run()  # type: ignore[attr-defined]
    assert app.session[BRINGING].stage == "kept"


def test_what_is_wanted_goes_with_the_trial_and_is_shown(app: Workbench) -> None:
    wishes = Wishes(framing="square-box", margin=1.2, size=(112, 112), normalisation="raw")
    app.bringing.try_network(Path("mine.onnx"), "hidden", wishes)
    (_, request), *_ = app.pending(TryNetwork)
    assert (request.layer, request.wishes) == ("hidden", wishes)
    app.engine.run()  # type: ignore[attr-defined]
    assert (app.session[BRINGING].wishes, app.session[BRINGING].sizes) == (wishes, ((112, 112),))
    app.bringing.keep(0, "mine", "for tests", False, 0.42)
    (_, kept), *_ = app.pending(KeepNetwork)
    assert kept.naming.threshold == 0.42


def test_letting_go_cancels_and_leaves_nothing(app: Workbench) -> None:
    app.bringing.try_network(Path("mine.onnx"))
    app.bringing.stop()
    app.engine.run()  # type: ignore[attr-defined]
    assert app.session[BRINGING] is None
    app.bringing.keep(0, "mine", "for tests", False)
    assert app.pending(KeepNetwork) == []


def test_a_session_that_names_an_absent_encoder_opens_with_a_clear_word(app: Workbench) -> None:
    vector = LoadedVector("ab/gone", "me.npy", "ab", "gone", np.ones(32, np.float32))
    saved = new_session()
    saved[VECTORS], saved[ENCODER] = {vector.key: vector}, "gone"
    app.load(capture(saved))
    assert app.session[VECTORS] == {vector.key: vector}
    assert app.session[ENCODER] == "arcface-mbf"
    said = app.session[NOTIFICATIONS][-1]
    assert said.title == "An encoder of this session is not here"
    assert said.text.startswith("gone: its vectors and runs are shown")
    assert "arcface-mbf is chosen instead of gone" in said.text
    assert registries.measure("gone") == "cosine"
    assert registries.threshold("gone") is None


def test_what_is_open_is_embedded_by_what_was_kept(app: Workbench) -> None:
    app.faces.open_paths([SAMPLES[0].path])
    app.engine.run()  # type: ignore[attr-defined]
    (key,) = app.session[FACES]
    app.session[GALLERY] = replace(made_up_gallery(3), roots=(Path("photographs"),))
    stale = np.ones(32, np.float32)
    app.session[EMBEDDINGS] = {key: {**app.session[EMBEDDINGS][key], "mine": stale}}
    app.bringing.try_network(Path("mine.onnx"))
    app.engine.run()  # type: ignore[attr-defined]
    app.bringing.keep(0, "mine", "for tests", False)
    seen: list[object] = []
    app.session.changed(EMBEDDINGS).connect(lambda now: seen.append("mine" in now[key]))
    app.engine.run()  # type: ignore[attr-defined]
    assert seen[0] is False, "what an earlier one of that name made goes"
    asked = [type(one.request) for one in app.engine.submitted]  # type: ignore[attr-defined]
    assert asked.count(EmbedFace) == 2
    (read,) = [one.request for one in app.engine.submitted if isinstance(one.request, ReadFolders)]  # type: ignore[attr-defined]
    assert (read.roots, read.known) == ((Path("photographs"),), frozenset())
