"""The benchmark of Vec2Face: headlines are agreement less the mean, and what the judge says, failures included."""

from __future__ import annotations

import pytest

from benchmarks import vec2face, vec2face_generators
from benchmarks.vec2face_students import Plan, headline
from explorer.science.distillation.agreeing import Agreement
from explorer.science.evaluation.same_person import Estimate
from explorer.studio.evaluation.blackbox_curves import CurveRow


def agreed(name: str, centred: float) -> Agreement:
    zero = Estimate(value=0.0)
    return Agreement(
        name=name, faces=9, people=9, cosine=Estimate(value=0.99), centred=Estimate(value=centred), chance=0.0,
        ranks=0.0, nearest=zero, nearest_chance=0.125,
    )  # fmt: skip


def row(attack: str, mean: float, encoder: str = "sface") -> CurveRow:
    return CurveRow(
        attack=attack, queries=20_000, encoder=encoder, role="held out", measure="cosine", photographs=15,
        without_face=5, people=10, mean=mean, low=None, high=None, nearest=0.25,
    )  # fmt: skip


def test_a_result_without_a_face_counts_as_nothing_and_only_the_judge_counts() -> None:
    rows = [row("student", 0.4), row("translation", 0.2), row("student", 0.9, "edgeface-s")]
    found = headline([agreed("drawn", 0.8), agreed("photographs", 0.6)], rows)
    assert found == pytest.approx(
        {
            "student_cosine_generated": 0.8,
            "student_cosine_photographs": 0.6,
            "student_sface": 0.4 * 0.75,
            "translation_sface": 0.2 * 0.75,
            "nearest_sface": 0.25,
        }
    )
    assert tuple(found) == vec2face.FIGURES[: len(found)]


def test_a_trial_is_no_measurement(tmp_path) -> None:
    assert Plan(tmp_path).whole
    assert not any(Plan(tmp_path, **{name: 1}).whole for name in ("people", "steps", "training"))


def test_the_generators_headlines_are_the_judges_accuracies() -> None:
    names = ("real", "decoder", "A", "E", "F", "F-black-box")
    called = [name if name in ("real", "decoder") else f"vec2face-arcface-mbf-{name}" for name in names]
    rows = [
        {"name": name, "accuracy": {"mobilefacenet-192": {"value": 1 - place / 10}, "sface": {"value": 0.0}}}
        for place, name in enumerate(called)
    ]
    found = vec2face_generators.headline({"rows": rows})
    assert (*found, "forward_ms") == vec2face_generators.FIGURES == vec2face.FIGURES[5:]
    assert (found["verification_real"], found["verification_blackbox"]) == (1.0, 0.5)
