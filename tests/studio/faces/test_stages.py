"""The staged cache: what is kept, what is made anew, what is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.faces.face import Face, Photograph
from explorer.studio.faces.stages import Stages, face_key, photograph_key

PHOTOGRAPH = Photograph(np.zeros((4, 4, 3), np.uint8), "a.png", "a" * 64)
OTHER = Photograph(np.zeros((4, 4, 3), np.uint8), "a.png", "b" * 64)


def face(shift: float = 0.0) -> Face:
    return Face(np.arange(10, dtype=np.float64).reshape(5, 2) + shift, (0.0, 0, 1, 1), 1.0)


def test_a_result_is_made_once_for_each_stage_and_key() -> None:
    stages = Stages()
    made: list[str] = []
    for stage in ("align", "embed", "align"):
        stages.once(stage, face_key(PHOTOGRAPH, face()), lambda stage=stage: made.append(stage))
    assert made == ["align", "embed"]


def test_a_moved_point_finds_nothing_downstream_and_keeps_what_lies_upstream() -> None:
    stages = Stages()
    stages.once("detect", photograph_key(PHOTOGRAPH), lambda: "faces")
    stages.once("embed", face_key(PHOTOGRAPH, face()), lambda: "old")
    assert stages.once("embed", face_key(PHOTOGRAPH, face(0.001)), lambda: "new") == "new"
    assert stages.once("detect", photograph_key(PHOTOGRAPH), lambda: "again") == "faces"
    assert stages.once("embed", face_key(PHOTOGRAPH, face()), lambda: "again") == "old"


def test_the_same_name_with_other_contents_is_another_photograph() -> None:
    stages = Stages()
    stages.once("detect", photograph_key(PHOTOGRAPH), lambda: "one")
    assert stages.once("detect", photograph_key(OTHER), lambda: "other") == "other"


def test_forgetting_a_face_leaves_the_others_and_forgetting_a_photograph_leaves_nothing() -> None:
    stages = Stages()
    stages.once("detect", photograph_key(PHOTOGRAPH), lambda: 0)
    for shift in (0.0, 1.0):
        stages.once("embed", face_key(PHOTOGRAPH, face(shift)), lambda: 1)
    stages.once("detect", photograph_key(OTHER), lambda: 2)
    stages.forget(face_key(PHOTOGRAPH, face(1.0)))
    assert len(stages) == 3
    stages.forget(photograph_key(PHOTOGRAPH))
    assert len(stages) == 1
    assert stages.once("detect", photograph_key(OTHER), lambda: 3) == 2


def test_the_least_recently_used_go_first() -> None:
    stages = Stages(limit=2)
    for key in ("a", "b"):
        stages.once("read", (key,), lambda: 1)
    stages.once("read", ("a",), lambda: 2)
    stages.once("read", ("c",), lambda: 1)
    assert stages.once("read", ("a",), lambda: 3) == 1
    assert stages.once("read", ("b",), lambda: 3) == 3


def test_a_failure_is_not_kept() -> None:
    stages = Stages()

    def fail() -> int:
        raise ValueError("cut short")

    with pytest.raises(ValueError, match="cut short"):
        stages.once("read", ("a",), fail)
    assert stages.once("read", ("a",), lambda: 1) == 1
