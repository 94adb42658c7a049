"""The laboratory's handlers: a row after another with progress, and what is closed before its end makes no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from explorer.studio.engine.device import Device
from explorer.studio.engine.reports import Progress
from explorer.studio.laboratory import handlers as handling
from explorer.studio.laboratory.requests import RowMade, RowsMade, RunLaboratory
from explorer.studio.laboratory.row_making import RowWanted
from explorer.studio.laboratory.values import LabChoice, LabFace
from tests.studio.laboratory.lab_kit import row_of
from tests.studio.slice_kit import EMBEDDING, FACE, PHOTOGRAPH, PIXELS, SHA

CONTROL: Any = SimpleNamespace(emit=lambda report: None, should_stop=lambda: False)


def whose(number: int) -> LabFace:
    return LabFace(f"{SHA}/{number}", f"face {number}", PHOTOGRAPH, FACE, {"sface": EMBEDDING}, PIXELS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RowWanted]:
    """What rows were asked for; each takes two steps."""
    wanted: list[RowWanted] = []

    def make(networks, one):
        wanted.append(one)
        yield "step 1 of 2"
        yield "step 2 of 2"
        return row_of(one.whose, RunLaboratory((one.whose,), one.choice, one.encoder))

    monkeypatch.setattr(handling, "make_row", make)
    monkeypatch.setattr(handling, "present_encoders", lambda: ("sface", "dlib-resnet"))
    return wanted


def running(count: int):
    request = RunLaboratory(tuple(map(whose, range(count))), LabChoice(), "sface")
    device: Any = Device(lambda loading: SimpleNamespace())  # type: ignore[arg-type,return-value]
    return handling.LaboratoryHandlers(device).run(request, CONTROL)


def test_a_row_follows_another_with_its_progress(asked):
    work, reports, result = running(2), [], None
    while True:
        try:
            reports.append(next(work))
        except StopIteration as end:
            result = end.value
            break
    assert isinstance(result, RowsMade)
    assert [one.row.key for one in reports if isinstance(one, RowMade)] == [f"{SHA}/0", f"{SHA}/1"]
    said = [(one.message, one.done, one.total) for one in reports if isinstance(one, Progress)]
    assert said[1] == ("face 1 of 2, step 1 of 2", 0, 2)
    assert said[-1] == ("face 2 of 2, step 2 of 2", 1, 2)
    assert {one.encoders for one in asked} == {("sface", "dlib-resnet")}


def test_work_that_is_given_up_goes_on_with_no_other_face(asked):
    work = running(3)
    next(work), next(work)
    work.close()
    assert len(asked) == 1


def test_what_is_known_of_other_encoders_serves_no_row():
    known = {"sface": torch.ones(8)}
    wanted = RowWanted(whose(0), LabChoice(), "sface", ("sface",), known=known)
    assert wanted.embeddings == known
    more = RowWanted(whose(0), LabChoice(), "sface", ("sface", "dlib-resnet"), known=known)
    assert more.names == ("sface", "dlib-resnet")
    assert more.embeddings is None
