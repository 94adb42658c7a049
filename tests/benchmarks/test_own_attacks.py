"""The attack on the optional encoders: whom each result is held against, what is kept, and what is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.own_attacks import attacked, summary
from benchmarks.portraits import Portrait
from explorer.science.inversion.settings import InversionSettings

SETTINGS = InversionSettings(encoder="sface", steps=3)


def portrait(person: int, kind: str) -> Portrait:
    unread: Any = None
    return Portrait(f"P{person:03}", kind, unread)


CHOSEN = [portrait(person, kind) for person in (1, 2, 3) for kind in ("studio", "selfie")]


class Attack:
    """Says who was held against whom."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def __call__(self, own: Any, other: Any, settings: InversionSettings) -> dict[str, Any]:
        self.pairs.append((own, other))
        return {"scores": {"sface": 0.7, "dlib-resnet": 0.2}, "against_another": {"dlib-resnet": 0.6}}


def opened(one: Portrait) -> Any:
    return f"{one.person} {one.kind}"


def test_each_result_is_held_against_the_next_persons_portrait_of_its_kind(tmp_path: Path) -> None:
    attack = Attack()
    attacked(CHOSEN, SETTINGS, tmp_path / "journal", opened, attack)
    assert attack.pairs == [
        (f"P00{one} {kind}", f"P00{one % 3 + 1} {kind}") for one in (1, 2, 3) for kind in ("studio", "selfie")
    ]


def test_what_was_made_is_not_made_again_unless_settings_differ(tmp_path: Path) -> None:
    journal, attack = tmp_path / "journal", Attack()
    first = attacked(CHOSEN[:3], SETTINGS, journal, opened, attack)
    again = attacked(CHOSEN, SETTINGS, journal, opened, attack)
    assert len(attack.pairs) == 6
    assert again[:3] == first
    attacked(CHOSEN, SETTINGS.model_copy(update={"steps": 4}), journal, opened, attack)
    assert len(attack.pairs) == 12


def test_counts_are_of_distances_and_a_result_without_a_face_is_nobody() -> None:
    near = {"scores": {"sface": 0.8, "dlib-resnet": 0.3}, "against_another": {"dlib-resnet": 0.42}}
    far = {"scores": {"sface": 0.6, "dlib-resnet": 0.5}, "against_another": {"dlib-resnet": 0.9}}
    faceless: dict[str, Any] = {"scores": {}, "against_another": {}}
    found = summary([near, far, faceless])
    assert (found["portraits"], found["same_person"], found["another_person"]) == (3, 1, 1)
    assert found["sface_mean"] == round(1.4 / 3, 4)
