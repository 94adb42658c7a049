"""What is typed finds the action that is meant, with letters missing or wrong."""

from __future__ import annotations

import pytest

from explorer.ui.window.action_search import Sought, ranked, score
from explorer.ui.window.features import ACTIONS

ALL = [Sought(spec.name, spec.text, spec.menu, spec.tooltip) for spec in ACTIONS if not spec.head]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("export figure", "export_figure"),
        ("exprt figur", "export_figure"),
        ("figure export", "export_figure"),
        ("ef", "export_figure"),
        ("  UNDO ", "undo"),
        ("puase", "pause"),
        ("embeding", "open_vector"),
        ("astronaut", "sample_astronaut"),
        ("leakage", "layout_leakage"),
        ("3d", "dock_3d_face"),
        ("dark", "theme_dark"),
        ("bug report", "report"),
    ],
)
def test_the_first_is_what_is_meant(typed: str, meant: str) -> None:
    assert ranked(typed, ALL)[0].name == meant


def test_nonsense_finds_nothing() -> None:
    assert ranked("qqxxzz", ALL) == []


def test_with_nothing_typed_everything_is_there_what_was_used_first() -> None:
    found = ranked("", ALL, ("stop", "undo"))
    assert [one.name for one in found[:2]] == ["stop", "undo"]
    assert sorted(one.name for one in found) == sorted(one.name for one in ALL)


def test_of_equals_what_was_used_comes_first() -> None:
    assert ranked("export", ALL)[0].name == "export_figure"
    assert ranked("export", ALL, ("export_image",))[0].name == "export_image"


@pytest.mark.slow
def test_every_action_is_found_first_by_its_own_name() -> None:
    for one in ALL:
        best = ranked(one.text, ALL)[0]
        assert score(one.text.lower().rstrip("…"), one) >= score(one.text.lower().rstrip("…"), best) - 1e-9, one.text
