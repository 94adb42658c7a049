"""Reading by reconstruction: which runs are made, what is read of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.edits import VectorEdit
from explorer.science.leakage.picture_calibration import PictureCalibration
from explorer.studio.catalogue import reconstructions as calibrating
from explorer.studio.errors import UserError
from explorer.studio.inversion import several
from explorer.studio.inversion.running import FinishedInversion, Rendering
from explorer.studio.inversion.several import MemberDone, run_settings
from explorer.studio.leakage import reconstructing, seeing
from explorer.studio.leakage.reconstructing import read_three_ways, reconstruct, settings_of_runs
from tests.studio.export.made_up import made_up_run
from tests.studio.leakage.three_ways_kit import ENCODER, VECTOR, labels_of, probes, seen, subject

SETTINGS = InversionSettings(encoder=ENCODER, seed=5, steps=10)


class World:
    """Inversions that end at once; what is seen of a picture follows from the run's seed."""

    def __init__(self) -> None:
        self.made: list[tuple[InversionSettings, np.ndarray]] = []
        self.faceless: set[int] = set()
        self.stop_in: int | None = None

    def labellers(self):
        return lambda frame, kept: labels_of(99)

    def invert(self, networks, target, settings, *, weights, should_stop):
        self.made.append((settings, target.embedding.numpy()))
        yield Rendering()
        stopped = {"stopped_by": "user"} if self.stop_in == len(self.made) - 1 else {}
        run = made_up_run(steps=10).model_copy(update={"settings": settings, **stopped})
        return FinishedInversion(run, np.full((8, 8, 3), settings.seed, np.uint8), torch.zeros(512), ())

    def see(self, networks, labellers, pixels):
        number = int(pixels[0, 0, 0])
        return None if number in self.faceless else seen(number)


@pytest.fixture
def world(monkeypatch, tmp_path) -> World:
    made = World()
    monkeypatch.setattr(several, "run_inversion", made.invert)
    monkeypatch.setattr(reconstructing, "see_picture", made.see)
    monkeypatch.setattr(calibrating, "picture_calibrations_file", lambda encoder: tmp_path / f"{encoder}.json")
    return made


def reading(world, runs=1, settings=SETTINGS, **more):
    steps = Steps(reconstruct(world, subject().record, VECTOR, settings, runs, **more))
    events = list(steps)
    return steps.result, events


def test_one_run_is_that_of_invert_and_several_begin_from_random_starts_of_their_own():
    assert settings_of_runs(SETTINGS, 1) == [SETTINGS]
    assert settings_of_runs(SETTINGS, 3) == [run_settings(SETTINGS, number) for number in range(3)]
    assert [one.seed for one in settings_of_runs(SETTINGS, 3)] == [5, 6, 7]


@pytest.mark.parametrize("runs", [0, 65])
def test_too_few_and_too_many_runs_are_refused(runs):
    with pytest.raises(UserError, match="from 1 to 64"):
        settings_of_runs(SETTINGS, runs)


def test_a_photograph_may_not_guide_what_is_read_off_the_vector_alone():
    with pytest.raises(UserError, match="from the vector alone"):
        settings_of_runs(SETTINGS.model_copy(update={"targets": "photograph"}), 1)


def test_the_faces_of_all_runs_are_read_together(world):
    made, events = reading(world, 3)
    assert [event.number for event in events if isinstance(event, MemberDone)] == [0, 1, 2]
    age = next(one for one in made.readouts if one.probe == "age")
    assert (age.value, age.pictures) == (36.0, 3)  # 35, 36 and 37
    assert [run.settings.seed for run in made.runs] == [5, 6, 7]
    assert len(made.faces) == 3
    assert all((vector == VECTOR).all() for _, vector in world.made)


def test_pictures_without_a_face_are_left_out_and_counted(world):
    world.faceless = {6}
    made, _ = reading(world, 3)
    assert (made.without_face, len(made.faces), made.readouts[0].pictures) == (1, 2, 2)
    world.faceless = {5}
    alone, _ = reading(world, 1)
    assert (alone.without_face, alone.readouts) == (1, ())


def test_a_stop_reads_the_runs_that_ended(world):
    world.stop_in = 2
    made, _ = reading(world, 5)
    assert len(made.runs) == 2
    world.made.clear()
    world.stop_in = 0
    assert reading(world, 5)[0] is None


def test_readings_are_calibrated_by_the_file_of_the_encoder(world):
    plain, _ = reading(world, 2)
    calibrating.save_picture_calibrations(ENCODER, {"age": PictureCalibration(shifts=(10.0,), calibrated_on="forty")})
    made, _ = reading(world, 2)
    ages = [next(one for one in readouts if one.probe == "age") for readouts in (plain.readouts, made.readouts)]
    assert ages[1].value - ages[0].value == 10
    assert [one.calibrated_on for one in ages] == ["", "forty"]


def test_a_photograph_and_its_vector_give_all_three_readings_in_one(world, monkeypatch):
    monkeypatch.setattr(seeing, "see_face", lambda labellers, picture, face: seen(99))
    three = Steps(read_three_ways(world, probes(), replace(subject(), frame=None), SETTINGS, 2)).result
    assert {one.probe for one in three.vector.readouts} == {one.probe for one in three.photograph}
    row = next(row for row in three.attributes() if row.probe == "age")
    assert row.vector is not None
    assert (row.reconstruction.value, row.photograph.value) == (35.5, 129.0)
    assert row.photograph.interval is None
    own, mean = labels_of(99).landmarks, (labels_of(5).landmarks + labels_of(6).landmarks) / 2
    apart = np.linalg.norm(mean - own, axis=-1).mean() / np.linalg.norm(own[36] - own[45])
    assert three.reconstruction.landmark_error == pytest.approx(100 * apart, rel=1e-4)
    assert three.reconstruction.histogram_error > 0
    bare = Steps(read_three_ways(world, None, subject("vector"), SETTINGS, 1)).result
    assert (bare.vector.readouts, bare.photograph) == ((), ())


def test_an_altered_vector_is_what_is_inverted_and_what_the_record_says(world):
    altered = subject("vector").altered(VectorEdit(bits=2))
    assert altered.record.vector_edit == VectorEdit(bits=2)
    assert len(np.unique(altered.vector)) <= 4
    Steps(read_three_ways(world, None, altered, SETTINGS, 1)).result  # noqa: B018 - it is run for what it inverts
    np.testing.assert_array_equal(world.made[0][1], altered.vector)
    assert subject().altered(VectorEdit()).vector is VECTOR
