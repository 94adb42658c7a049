"""Several inversions of one embedding: starts of their own, what is left out, and what is kept of random faces."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.faces.face import Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.labels import LABELS, Labels
from explorer.science.recognition.registry import ENCODERS
from explorer.studio.errors import UserError
from explorer.studio.inversion import several
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, Rendering
from explorer.studio.inversion.several import MemberDone, MemberEvent, run_settings
from explorer.studio.leakage.seeing import SeenFace
from explorer.studio.variation import running as variation
from explorer.studio.variation.running import (
    RandomFaces,
    RunsCompared,
    run_variation,
)
from tests.studio.export.made_up import made_up_run
from tests.studio.slice_kit import FACE

TARGET = InversionTarget(
    TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder="sface", norm=1.0), torch.ones(128)
)
SETTINGS = InversionSettings(encoder="sface", seed=5, steps=10)
FACELESS = np.zeros((8, 8, 3), np.uint8)


def looked(picture) -> variation._Looked | None:
    """What is seen follows from the picture; in a black one there is no face."""
    if not picture.any():
        return None
    random = np.random.default_rng(int(picture.sum()))
    labels = {name: random.random(spec.shape).astype(np.float32) for name, spec in LABELS.items()}
    labels["landmarks"] = labels["landmarks"] * 100 + 60
    labels["histogram"] = random.integers(1, 9, (3, 256)).astype(np.int32)
    frame = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    seen = SeenFace(Photograph(picture, "result", ""), FACE, frame, Labels(**labels))
    return variation._Looked(seen, {name: torch.from_numpy(random.random(8)) for name in ENCODERS.names()})


class World:
    """Inversions that end at once; the pictures drawn of random faces are counted."""

    def __init__(self) -> None:
        self.settings: list[InversionSettings] = []
        self.drawn = 0
        self.faceless: set[int] = set()
        self.stopped_at = 99

    def invert(self, networks, target, settings, *, weights, should_stop):
        number = len(self.settings)
        self.settings.append(settings)
        yield Rendering()
        picture = FACELESS if number in self.faceless else np.full((8, 8, 3), number + 1, np.uint8)
        stopped = {"stopped_by": "user"} if number == self.stopped_at else {}
        run = made_up_run(steps=10).model_copy(update={"settings": settings, **stopped})
        return FinishedInversion(run, picture, torch.zeros(512), ())

    def draw(self, networks, generator):
        for number in range(variation.RANDOM_FACES):
            self.drawn += 1
            yield np.full((8, 8, 3), 100 + number, np.uint8)


@pytest.fixture
def world(monkeypatch) -> World:
    made = World()
    monkeypatch.setattr(several, "run_inversion", made.invert)
    monkeypatch.setattr(variation, "_drawn", made.draw)
    monkeypatch.setattr(variation, "_look", lambda networks, labellers, picture: looked(picture))
    monkeypatch.setattr(variation, "_digest", lambda generator: f"made-up {generator}")
    return made


def run(folder, runs=3, **more):
    running = Steps(run_variation(None, None, TARGET, SETTINGS, runs, folder, **more))
    events = list(running)
    return running.result, events


def test_every_run_has_starts_of_its_own_and_no_regressor():
    base = InversionSettings(seed=7)
    chosen = [run_settings(base, number) for number in range(3)]
    assert [one.seed for one in chosen] == [7, 8, 9]
    assert not any(one.regressor for one in chosen)
    assert run_settings(InversionSettings(seed=2**31 - 1), 1).seed == 0
    assert chosen[2].model_copy(update={"seed": 7, "regressor": True}) == base


def test_the_results_are_compared_with_each_other_and_with_random_faces(world, tmp_path):
    finished, events = run(tmp_path)
    assert [one.seed for one in world.settings] == [5, 6, 7]
    assert [event.number for event in events if isinstance(event, MemberDone)] == [0, 1, 2]
    assert {event.number for event in events if isinstance(event, MemberEvent)} == {0, 1, 2}
    assert finished.record.random_faces == variation.RANDOM_FACES
    assert len(finished.results) == 3
    frames = np.stack([looked(one.native).seen.frame for one in finished.results])
    np.testing.assert_allclose(finished.mean, frames.mean(0), atol=0.51)
    assert finished.spread.shape == (16, 16)
    assert {one.name for one in finished.record.agreements} >= {
        "smiling",
        "landmarks",
        "other_picture",
        *ENCODERS.names(),
    }


def test_random_faces_are_drawn_once(world, tmp_path):
    first, events = run(tmp_path)
    assert sum(isinstance(event, RandomFaces) for event in events) == variation.RANDOM_FACES
    world.settings.clear()
    again, events = run(tmp_path)
    assert not any(isinstance(event, RandomFaces) for event in events)
    assert world.drawn == variation.RANDOM_FACES
    assert [one.random for one in again.record.agreements] == [one.random for one in first.record.agreements]
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"half")
    run(tmp_path)
    assert world.drawn == 2 * variation.RANDOM_FACES


def test_a_result_without_a_face_is_left_out_and_said(world, tmp_path):
    world.faceless = {1}
    finished, _ = run(tmp_path)
    assert finished.record.without_face == [1]
    assert len(finished.record.runs) == 3
    world.faceless = {3, 5}
    with pytest.raises(UserError, match="1 of 3 results show a face"):
        run(tmp_path)


def test_a_stop_compares_the_runs_that_came_to_their_end(world, tmp_path):
    world.stopped_at = 2
    finished, _ = run(tmp_path, 6)
    assert len(finished.record.runs) == 2
    world.settings.clear()
    world.stopped_at = 1
    assert run(tmp_path, 6)[0] is None


@pytest.mark.parametrize("runs", [1, 65])
def test_one_run_or_too_many_are_refused(world, tmp_path, runs):
    with pytest.raises(UserError, match="from 2 to 64"):
        run(tmp_path, runs)
    assert not world.drawn


def test_from_the_second_result_on_those_that_are_there_are_compared(world, tmp_path):
    world.faceless = {1}
    finished, events = run(tmp_path, runs=5)
    so_far = [event.finished for event in events if isinstance(event, RunsCompared)]
    # Two faces are there after the third run; the last comparison is the result.
    assert [len(one.record.runs) for one in so_far] == [3, 4]
    assert so_far[-1].record.without_face == [1]
    assert len(finished.record.runs) == 5
    order = [type(event) for event in events if isinstance(event, MemberDone | RunsCompared)]
    assert order == [MemberDone] * 3 + [RunsCompared, MemberDone, RunsCompared, MemberDone]


def test_random_faces_are_seen_as_they_are_looked_at(world, tmp_path):
    _, events = run(tmp_path)
    shown = [event.picture for event in events if isinstance(event, RandomFaces)]
    assert [int(picture.max()) for picture in shown] == [100 + number for number in range(variation.RANDOM_FACES)]


def test_the_results_are_read_off_as_a_reconstruction_unless_the_photograph_guided_them(world, tmp_path):
    world.faceless = {1}
    finished, _ = run(tmp_path, runs=4)
    made = finished.reconstruction()
    assert (made.pictures, made.without_face, len(made.runs)) == (3, 1, 4)
    ages = [looked(one.native).seen.labels.age for number, one in enumerate(finished.results) if number != 1]
    (age,) = [one for one in made.readouts if one.probe == "age"]
    assert age.value == pytest.approx(np.mean(ages), rel=1e-5)
    runs = [one.model_copy(update={"sought": {"landmarks": "photograph"}}) for one in finished.record.runs]
    guided = replace(finished, record=finished.record.model_copy(update={"runs": runs}))
    assert guided.record.guided_by_photograph
    assert guided.reconstruction() is None
    assert replace(finished, labels=None).reconstruction() is None
