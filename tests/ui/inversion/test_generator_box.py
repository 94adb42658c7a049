"""The Objective panel offers the generators that there are, and what is chosen draws the next run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.science.generation.registry import GENERATORS, GeneratorEntry
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.studio.inversion.state import SETTINGS
from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.ui.stage import Stage


@pytest.fixture
def mine():
    entry = GENERATORS["mobilestylegan-ffhq"]
    GENERATORS.register("mine", GeneratorEntry(replace(MOBILESTYLEGAN, id="mine"), entry.build))
    try:
        yield "mine"
    finally:
        GENERATORS.unregister("mine")


def test_one_generator_is_no_choice(stage: Stage) -> None:
    assert stage.window.panel(ObjectivePanel).generator.isHidden()


def test_what_is_chosen_draws_the_next_run(mine: str, stage: Stage) -> None:
    chooser = stage.window.panel(ObjectivePanel).generator
    assert not chooser.isHidden()
    assert [chooser.box.itemData(index) for index in range(chooser.box.count())] == ["mobilestylegan-ffhq", "mine"]
    chooser.box.setCurrentIndex(1)
    chooser.box.activated.emit(1)
    stage.settle()
    assert stage.session[SETTINGS].generator == "mine"
    assert chooser.box.currentData() == "mine"
