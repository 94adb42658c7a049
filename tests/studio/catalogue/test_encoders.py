"""One encoder more appears wherever encoders are gone through; one that is not there is left out, and that is said."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer.science.faces.face import Face
from explorer.science.faces.reading import read_file
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, present_encoders
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import EncodersMissing, Failure, Finished, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import UserError
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.requests import CompareAll, EmbedFace, FaceEmbedded, ForgetFace
from explorer.studio.faces.state import EMBEDDINGS, FACES, SELECTED
from explorer.studio.faces.vectors import load_vector
from explorer.studio.inversion.state import RUN, SETTINGS
from explorer.studio.inversion.targets import open_target
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base import registries
from tests import canned_program as canned
from tests.studio.encoder_kit import cache_without, registered_colours

pytestmark = pytest.mark.slow

PICTURES = places.resources() / "faces"
ASTRONAUT, P002 = (str(PICTURES / name) for name in ("astronaut.png", "synthetic-p002.jpg"))
# Where the five points of the astronaut lie, as `likeness faces` finds them.
POINTS = np.array([[203.6, 103.6], [245.0, 101.4], [227.7, 128.7], [209.2, 148.1], [244.1, 146.5]])
SHIPPED = ENCODERS.names()


@pytest.fixture
def colours():
    with registered_colours() as name:
        yield name


@pytest.fixture
def without_sface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_without(tmp_path, ["sface"], monkeypatch)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line; return its exit code, what it said, and its complaints."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def handled(*requests: Request) -> list[Report]:
    """What the face handlers report of requests."""
    engine = FakeEngine(FaceHandlers(Device(lambda loading: Networks("cpu", loading))).table())
    reports: list[Report] = []
    engine.connect(lambda event: reports.append(event.report))
    for request in requests:
        engine.submit(request)
        engine.run()
    return reports


def embedding() -> EmbedFace:
    return EmbedFace("k", read_file(Path(ASTRONAUT)), Face(POINTS, (181.0, 68.0, 271.0, 176.0), 0.8))


def results(reports: list[Report]) -> list[Any]:
    return [report.result for report in reports if isinstance(report, Finished)]


def test_what_is_registered_is_embedded_and_compared_by(colours: str) -> None:
    (embedded,) = results(handled(embedding()))
    assert tuple(embedded.vectors) == (*SHIPPED, colours)
    assert embedded.vectors[colours].shape == (48,)
    (tables,) = results(handled(CompareAll({"a": embedded.vectors, "b": embedded.vectors})))
    assert tuple(tables.by_encoder) == (*SHIPPED, colours)
    table = tables.by_encoder[colours]
    assert table.threshold is None
    assert table.matrix == pytest.approx(np.ones((2, 2)))


@pytest.mark.slow
def test_what_is_registered_judges_and_can_be_attacked(colours: str) -> None:
    target = open_target(Networks("cpu"), Path(ASTRONAUT), "sface").target
    assert tuple(target.held_out) == (*(name for name in SHIPPED if name != "sface"), colours)
    attacked = open_target(Networks("cpu"), Path(ASTRONAUT), colours).target
    assert attacked.embedding.shape == (48,)
    assert tuple(attacked.held_out) == SHIPPED


def test_what_is_registered_is_offered_by_window_and_command_line(colours: str, said: Any, tmp_path: Path) -> None:
    assert [spec.id for spec in registries.encoders()] == [*SHIPPED, colours]
    code, _, err = said("embed", ASTRONAUT, "--encoder", colours, "--out", tmp_path / "a.npy")
    assert (code, err) == (0, "")
    assert load_vector(tmp_path / "a.npy").vector.shape == (48,)
    code, _, err = said("embed", ASTRONAUT, "--encoder", "no-such")
    assert code != 0
    assert f"there are {', '.join((*SHIPPED, colours))}; one of your own" in err


@pytest.mark.slow
def test_a_score_without_impostor_statistics_says_so(colours: str, said: Any) -> None:
    code, out, err = said("compare", ASTRONAUT, P002)
    assert (code, err) == (0, "")
    (line,) = [line for line in out.splitlines() if line.strip().startswith(colours)]
    assert line.endswith(f": no impostor statistics for {colours}")
    assert out.splitlines()[-1].endswith(f"likeness train gallery --encoder {colours} --work FOLDER")
    code, out, _ = said("compare", ASTRONAUT, P002, "--json")
    *shipped, own = json.loads(out)["pairs"][0]["scores"]
    assert [own[name] for name in ("encoder", "threshold", "passes", "fmr", "fmr_resolution")] == [colours] + [None] * 4
    assert all(score["threshold"] is not None for score in shipped)


def test_the_shipped_encoders_are_all_here_and_nothing_is_said_of_that() -> None:
    assert present_encoders() == SHIPPED == ("arcface-mbf", "sface", "edgeface-s", "dlib-resnet")
    assert missing_encoders() == ()
    assert missing_words(()) == ""
    assert not [report for report in handled(embedding()) if isinstance(report, EncodersMissing)]


def test_an_absent_encoder_is_left_out_and_named_with_the_way_to_get_it(without_sface: None) -> None:
    reports = handled(embedding())
    (embedded,) = results(reports)
    assert tuple(embedded.vectors) == tuple(name for name in SHIPPED if name != "sface")
    (missing,) = [report for report in reports if isinstance(report, EncodersMissing)]
    assert "sface is left out" in missing.message
    assert "`likeness models fetch sface`" in missing.message


def test_an_absent_encoder_compares_what_it_embedded_before(without_sface: None) -> None:
    others = tuple(name for name in SHIPPED if name != "sface")
    vector = np.ones(128, np.float32)
    (without,) = results(handled(CompareAll({"a": {"dlib-resnet": vector}})))
    assert tuple(without.by_encoder) == others
    (among,) = results(handled(CompareAll({"a": {"sface": vector}, "b": {"sface": -vector}})))
    assert tuple(among.by_encoder) == SHIPPED
    assert among.by_encoder["sface"].matrix[0, 1] == pytest.approx(-1)


def test_the_command_line_goes_on_without_an_absent_encoder_and_says_so_once(without_sface: None, said: Any) -> None:
    code, out, err = said("compare", ASTRONAUT, P002, "--json")
    assert code == 0
    scores = json.loads(out)["pairs"][0]["scores"]
    assert [score["encoder"] for score in scores] == [name for name in SHIPPED if name != "sface"]
    assert err.count("sface is left out") == 1


def test_an_absent_encoder_that_is_asked_for_is_refused_in_one_line(without_sface: None, said: Any) -> None:
    for asked in (("embed", ASTRONAUT, "--encoder", "sface"), ("compare", ASTRONAUT, P002, "--encoder", "sface")):
        code, out, err = said(*asked)
        assert (code != 0, out, len(err.splitlines())) == (True, "", 1)
        assert "likeness models fetch sface" in err
    with pytest.raises(MissingNetwork, match="sface"):
        open_target(Networks("cpu"), Path(ASTRONAUT), "sface")


def test_without_any_encoder_nothing_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_without(tmp_path, SHIPPED, monkeypatch)
    assert missing_encoders() == SHIPPED
    (failure,) = [report for report in handled(embedding()) if isinstance(report, Failure)]
    assert failure.kind == "network"
    assert "likeness models fetch arcface-mbf" in failure.message


def test_what_is_switched_off_takes_no_part_and_is_not_missing() -> None:
    ENCODERS.disable("sface")
    try:
        assert "sface" not in present_encoders()
        assert missing_encoders() == ()
        with pytest.raises(UserError, match="sface is switched off; there are arcface-mbf, edgeface-s"):
            known_encoder("sface")
    finally:
        ENCODERS.enable("sface")
    assert known_encoder("sface").dimension == 128


def test_impostor_statistics_of_one_more_encoder_are_made_for_it_alone(
    colours: str, said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the faces are made up here: what each would be embedded as."""
    made = torch.randn(12, 48, generator=torch.Generator().manual_seed(0))

    def embedded(generator, detector, recognisers, recipe, done):
        assert set(recognisers) == {colours}
        for number in range(done, recipe.faces):
            yield None if number == 5 else {colours: made[number]}

    shipped = places.models()
    monkeypatch.setattr("explorer.studio.commands.train.embed_samples", embedded)
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    (tmp_path / "gallery.safetensors").symlink_to(shipped / "gallery.safetensors")
    code, out, err = said("train", "gallery", "--work", tmp_path / "work", "--faces", 12, "--encoder", colours)
    assert (code, err) == (0, "")
    assert out.endswith(f"{tmp_path / f'gallery-{colours}.safetensors'}: 11 faces of 12 samples\n")
    kept = made[torch.arange(12) != 5].half().float()
    calibration = Networks("cpu").calibration(colours)
    assert calibration is not None
    assert torch.equal(calibration.gallery, kept)
    assert calibration.pairs == 55


# In the window's session.


class Bench:
    """A workbench whose faces are embedded by those encoders that are here."""

    def __init__(self) -> None:
        self.present = {"arcface-mbf"}
        self.embedded: list[str] = []
        self.session = new_session()
        self.session[SETTINGS] = canned.short_settings()
        self.engine = FakeEngine(canned.handlers(EmbedFace=self._embed))
        self.workbench = Workbench(self.engine, self.session, {"identity": 1.0})
        self.engine.connect(self.workbench.handle)

    def _embed(self, request: EmbedFace, control: Control) -> Generator[Report, None, object]:
        self.embedded.append(request.face_key)
        if "sface" not in self.present:
            yield EncodersMissing("sface is left out")
        whole = yield from canned.embed_face(request, control)
        vectors = {name: vector for name, vector in whole.vectors.items() if name in self.present}
        return FaceEmbedded(whole.face_key, whole.frame, whole.thumbnail, vectors)

    def open(self, data: bytes) -> str:
        self.workbench.faces.open_bytes(data, f"{data!r}.png")
        self.engine.run()
        assert self.session[SELECTED] is not None
        return self.session[SELECTED]

    def fetch(self) -> None:
        self.present.add("sface")
        self.embedded.clear()
        self.workbench.downloads.fetch_networks()
        self.engine.run()


def test_missing_encoders_are_said_once_and_faces_are_completed_when_they_come() -> None:
    bench = Bench()
    bench.open(b"1")
    bench.open(b"3")
    session = bench.session
    keys = list(session[FACES])
    assert [one.text for one in session[NOTIFICATIONS]] == ["sface is left out"]
    assert session[NETWORKS_MISSING] == "sface is left out"
    assert [tuple(session[EMBEDDINGS][key]) for key in keys] == [("arcface-mbf",)] * 4
    bench.fetch()
    assert session[NETWORKS_MISSING] is None
    assert sorted(bench.embedded) == sorted(keys)
    assert all("sface" in session[EMBEDDINGS][key] for key in keys)


def test_a_face_that_was_forgotten_is_not_embedded_when_encoders_come() -> None:
    bench = Bench()
    bench.open(b"3")
    gone, *kept = bench.session[FACES]
    bench.workbench.faces.remove_face(gone)
    bench.engine.run()
    assert [ticket.request for ticket in bench.engine.submitted if isinstance(ticket.request, ForgetFace)]
    bench.fetch()
    assert bench.embedded == kept


def test_a_run_against_an_encoder_that_is_not_here_is_refused_with_what_to_do() -> None:
    bench = Bench()
    bench.open(b"1")
    bench.workbench.settings.select_encoder("sface")
    bench.workbench.inversion.start()
    bench.engine.run()
    assert bench.session[RUN] is None
    assert "no embedding of sface as its network is not here" in bench.session[NOTIFICATIONS][-1].text


def test_the_statistics_that_ship_are_those_of_the_shipped_encoders() -> None:
    shipped = load_file(places.models() / "gallery.safetensors")
    assert set(shipped) == set(SHIPPED)
    for encoder, gallery in shipped.items():
        assert gallery.shape[1] == known_encoder(encoder).dimension
