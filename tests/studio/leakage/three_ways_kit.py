"""One vector read three ways, made up: probes that learnt nothing, and labels of pictures that follow from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from explorer.science.faces.face import Photograph
from explorer.science.leakage.labels import LABELS, Labels, stacked
from explorer.science.leakage.pictures import read_pictures
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.several import run_settings
from explorer.studio.leakage.readings import Reading
from explorer.studio.leakage.reconstructing import Subject
from explorer.studio.leakage.reconstructions import Reconstruction, ThreeReadings
from explorer.studio.leakage.seeing import SeenFace
from tests.science.leakage_kit import untrained
from tests.studio.export.made_up import made_up_picture, made_up_run
from tests.studio.slice_kit import FACE

ENCODER = "sface"
VECTOR = np.random.default_rng(1).standard_normal(128).astype(np.float32)


def probes() -> ProbeSet:
    return ProbeSet(ENCODER, 128, {name: untrained(spec, 128) for name, spec in PROBES.items()})


def labels_of(seed: int) -> Labels:
    """What the labellers would say of some picture."""
    random = np.random.default_rng(seed)
    found = {name: random.random(spec.shape).astype(np.float32) for name, spec in LABELS.items()}
    found["landmarks"] = found["landmarks"] * 100 + 60
    found["histogram"] = random.integers(1, 9, (3, 256)).astype(np.int32)
    numbers = {name: float(found[name]) for name in ("smile", "eyeglasses", "hat", "male")}
    return Labels(**found | numbers | {"age": 30.0 + seed})


def seen(seed: int) -> SeenFace:
    picture = made_up_picture(seed, 64)
    return SeenFace(Photograph(picture, "result", ""), FACE, picture, labels_of(seed))


def measured(value: float, unit: str = "") -> MetricValue:
    name, chance = ("mean absolute error", 11.0) if unit else ("balanced accuracy", 0.5)
    half = 1.0 if unit else 0.06
    return MetricValue(
        measure=name, unit=unit, value=value, low=value - half, high=value + half, chance=chance, faces=90
    )


def subject(kind: str = "photograph") -> Subject:
    record = TargetRecord.of_vector("a/person.jpg", "ab" * 32, ENCODER, VECTOR)
    if kind == "vector":
        return Subject(record, VECTOR)
    photograph = Photograph(made_up_picture(9, 64), "person.jpg", "ab" * 32)
    return Subject(
        TargetRecord.of_face(photograph, FACE, ENCODER, VECTOR), VECTOR, photograph, FACE, made_up_picture(9, 64)
    )


def three_readings(seeds: Sequence[int] = (1, 2, 3), *, photograph: bool = True, at_chance: str = "") -> ThreeReadings:
    """at_chance: a probe that neither way is better than chance on photographs."""
    said = probes().read(torch.from_numpy(VECTOR))
    quality = {one.probe: measured(7.0 if one.unit else 0.8, one.unit) for one in said}
    if at_chance:
        quality[at_chance] = measured(0.52)
    vector = Reading(ENCODER, VECTOR, tuple(replace(one, portraits=quality[one.probe]) for one in said))
    made = read_pictures(stacked([labels_of(seed) for seed in seeds]))
    if at_chance:
        made = [replace(one, portraits=measured(0.53)) if one.probe == at_chance else one for one in made]
    runs = [made_up_run(steps=8) for _ in seeds]
    runs = [
        run.model_copy(update={"settings": run_settings(run.settings, place), "weight_changes": []})
        for place, run in enumerate(runs)
    ]
    faces = tuple(made_up_picture(seed, 64) for seed in seeds)
    shown = tuple(read_pictures(stacked([labels_of(99)]))) if photograph else ()
    return ThreeReadings(vector, Reconstruction(tuple(made), len(faces), 0, tuple(runs), faces), shown)
