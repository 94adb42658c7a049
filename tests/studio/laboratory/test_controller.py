"""The laboratory as the workbench sees it: rows as they come, the newest choice wins, and nobody leaves a trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.science.inversion.terms import default_weights
from explorer.science.leakage.edits import Patch
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Progress
from explorer.studio.faces.state import ENCODER, FACES, SELECTED
from explorer.studio.laboratory.chosen import chosen_aim, fresh_rows
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.studio.laboratory.requests import RunLaboratory
from explorer.studio.laboratory.state import LAB, LAB_ROWS
from explorer.studio.laboratory.values import MOST_PATCHES
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from tests.canned_program import handlers
from tests.studio.laboratory.lab_kit import LAB_HANDLERS
from tests.studio.laws import texts as texts_of


class Desk:
    """A session with two embedded faces, and somebody who looks at the laboratory."""

    def __init__(self, **others) -> None:
        self.session = new_session()
        self.engine = FakeEngine(handlers() | LAB_HANDLERS | others.get("handlers", {}))
        self.bench = Workbench(self.engine, self.session, default_weights())
        self.engine.connect(self.bench.handle)
        for content in (b"1", b"1 again"):
            self.bench.faces.open_bytes(content)
            self.settle()
        self.keys = tuple(self.session[FACES])
        self.lab = self.bench.controller(LaboratoryController)

    def settle(self) -> None:
        while self.engine.run():
            pass

    @property
    def rows(self):
        return self.session[LAB_ROWS].rows

    @property
    def asked(self):
        return [one.request for one in self.engine.submitted if isinstance(one.request, RunLaboratory)]

    def notified(self) -> list[str]:
        return [one.title for one in self.session[NOTIFICATIONS]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_is_made_while_nobody_looks(desk):
    assert len(desk.keys) == 2
    desk.lab.tick(desk.keys[0], True)
    desk.settle()
    assert desk.asked == []
    desk.lab.watch(True)
    desk.settle()
    assert [row.key for row in desk.rows] == [desk.keys[0]]


def test_without_a_tick_the_selected_face_is_looked_at(desk):
    desk.lab.watch(True)
    desk.settle()
    assert [row.key for row in desk.rows] == [desk.session[SELECTED]]
    other = next(key for key in desk.keys if key != desk.session[SELECTED])
    desk.bench.faces.select_face(other)
    desk.settle()
    assert [row.key for row in desk.rows] == [other]


def test_rows_come_one_by_one_in_the_order_of_the_faces(desk):
    desk.lab.watch(True)
    desk.settle()
    desk.lab.choose("attack")
    for key in reversed(desk.keys):
        desk.lab.tick(key, True)
    state = desk.session[LAB_ROWS]
    assert state.busy
    assert fresh_rows(desk.session) == ()
    assert desk.session[ACTIVITIES][-1].title == "working in the laboratory"
    desk.settle()
    assert [row.key for row in desk.rows] == list(desk.keys)
    assert {row.facts for row in desk.rows} == {"attack 8"}
    assert not desk.session[LAB_ROWS].busy
    assert fresh_rows(desk.session) == desk.rows
    assert fresh_rows(desk.session, desk.keys[1]) == desk.rows[1:]


def test_of_changes_that_come_faster_than_rows_the_newest_wins(desk):
    desk.lab.watch(True)
    desk.settle()
    for angle in (40, 50, 60):
        desk.lab.change("alter", rotation=angle)
    desk.engine.advance(1)
    desk.lab.change("alter", rotation=70)
    desk.settle()
    assert [row.facts for row in desk.rows] == ["alter rotated-70"]
    assert len(desk.session[ACTIVITIES]) == 0


def test_what_is_there_already_is_not_made_again(desk):
    first = desk.session[SELECTED]
    desk.lab.tick(first, True)
    desk.lab.watch(True)
    desk.settle()
    (row,) = desk.rows
    other = next(key for key in desk.keys if key != first)
    desk.lab.tick(other, True)
    desk.settle()
    assert [one.key for one in desk.asked[-1].faces] == [other]
    assert row in desk.rows
    desk.lab.tick(other, False)
    desk.settle()
    assert desk.rows == (row,)
    asked = len(desk.asked)
    desk.lab.change("attack", budget=2)
    desk.settle()
    assert len(desk.asked) == asked, "a setting of another operation changes no row"


def test_what_is_known_of_a_face_serves_again(desk):
    desk.lab.watch(True)
    desk.settle()
    (row,) = desk.rows
    desk.lab.change("alter", rotation=50)
    assert desk.asked[-1].earlier == (row,)
    desk.settle()
    desk.lab.choose("occlusion")
    assert desk.asked[-1].earlier == (), "another operation sees the face in another way"
    desk.settle()
    desk.session[ENCODER] = "sface"
    assert desk.asked[-1].earlier == ()
    desk.settle()
    assert {one.encoder for one in desk.rows} == {"sface"}


def test_stopping_leaves_what_was_made_and_says_so(desk):
    desk.lab.watch(True)
    desk.settle()
    for key in desk.keys:
        desk.lab.tick(key, True)
    desk.lab.change("alter", rotation=50)
    desk.engine.advance(3)
    desk.lab.stop()
    desk.settle()
    state = desk.session[LAB_ROWS]
    assert not state.busy
    assert "Stopped" in state.remark
    desk.lab.again()
    desk.settle()
    assert len(desk.rows) == 2
    assert desk.session[LAB_ROWS].remark == ""


def test_a_failure_is_said_where_the_rows_would_be():
    def fails(request, control):
        yield Progress("trying")
        raise ValueError("the network is broken")

    desk = Desk(handlers={RunLaboratory: fails})
    desk.lab.watch(True)
    desk.settle()
    state = desk.session[LAB_ROWS]
    assert not state.busy
    assert state.remark


def test_settings_out_of_range_are_refused_and_what_was_there_stays(desk):
    before = desk.session[LAB]
    desk.lab.change("alter", scale=9)
    desk.lab.change("attack", method="pgd")
    assert desk.session[LAB] is before
    assert desk.notified() == ["This value cannot be used"] * 2


def test_what_is_drawn_is_hidden_and_shown_again(desk):
    patch = Patch.rectangle(0.2, 0.2, 0.4, 0.4)
    for _ in range(MOST_PATCHES + 1):
        desk.lab.hide(patch)
    assert len(desk.session[LAB].occlusion.patches) == MOST_PATCHES
    assert desk.notified() == ["No more can be hidden"]
    desk.lab.show_last()
    assert len(desk.session[LAB].occlusion.patches) == MOST_PATCHES - 1
    desk.lab.reset("occlusion")
    assert desk.session[LAB].occlusion.patches == ()


def test_an_attack_goes_towards_an_open_face_under_the_encoder_that_is_attacked(desk):
    desk.lab.watch(True)
    aim = next(key for key in desk.keys if key != desk.session[SELECTED])
    desk.lab.choose("attack")
    desk.lab.change("attack", towards=aim)
    desk.settle()
    (row,) = desk.rows
    target = chosen_aim(desk.session)
    assert target is not None
    assert row.aim is not None
    assert (row.aim.key, row.aim.record.encoder) == (aim, desk.session[ENCODER])
    assert np.array_equal(row.aim.vector, target.vector)
    assert row.scores[0].aim == 0.7


def test_what_an_attack_goes_towards_has_to_be_there(desk):
    desk.lab.watch(True)
    desk.lab.choose("attack")
    desk.lab.change("attack", towards="nobody/0")
    desk.settle()
    state = desk.session[LAB_ROWS]
    assert state.rows == ()
    assert "choose another face" in state.remark


def test_a_face_that_is_forgotten_takes_its_row_and_what_went_towards_it(desk):
    desk.lab.watch(True)
    first = desk.session[SELECTED]
    aim = next(key for key in desk.keys if key != first)
    desk.lab.choose("attack")
    desk.lab.tick(first, True)
    desk.lab.change("attack", towards=aim)
    desk.settle()
    assert len(desk.rows) == 1
    desk.bench.faces.remove_face(aim)
    desk.settle()
    assert desk.session[LAB].attack.towards == ""
    assert all(row.aim is None for row in desk.rows)
    sha = aim.partition("/")[0]
    for value in (desk.session[LAB], desk.session[LAB_ROWS], desk.lab._asked):
        assert not any(sha in text for text in texts_of(value))
    desk.bench.faces.remove_face(first)
    desk.settle()
    assert desk.rows == ()
    assert desk.lab._asked is None


def test_work_under_way_on_somebody_who_is_forgotten_is_dropped(desk):
    desk.lab.watch(True)
    for key in desk.keys:
        desk.lab.tick(key, True)
    desk.engine.advance(1)
    gone, stays = desk.keys
    desk.bench.faces.remove_face(gone)
    desk.settle()
    assert [row.key for row in desk.rows] == [stays]
    assert desk.session[LAB].faces == (stays,)


def test_a_face_that_is_closed_takes_its_row_and_undo_brings_both_back(desk):
    desk.lab.watch(True)
    for key in desk.keys:
        desk.lab.tick(key, True)
    desk.settle()
    desk.bench.faces.close_face(desk.keys[0])
    desk.settle()
    assert [row.key for row in desk.rows] == [desk.keys[1]]
    desk.bench.undo()
    desk.settle()
    assert [row.key for row in desk.rows] == list(desk.keys)


def test_another_session_begins_without_rows(desk):
    desk.lab.watch(True)
    desk.lab.tick(desk.keys[0], True)
    desk.settle()
    assert desk.rows
    desk.bench.files.new()
    desk.settle()
    assert desk.rows == ()
    assert desk.session[LAB].faces == ()
    assert desk.session[LAB_ROWS].watched


def test_rows_are_handed_to_be_written(desk, tmp_path: Path):
    desk.lab.export(tmp_path / "early.csv")
    assert desk.notified() == ["There is nothing to export yet"]
    desk.lab.watch(True)
    for key in desk.keys:
        desk.lab.tick(key, True)
    desk.settle()
    desk.lab.export(tmp_path / "all.csv")
    desk.settle()
    desk.lab.export(tmp_path / "one.csv", desk.keys[0])
    desk.settle()
    assert (tmp_path / "all.csv").read_text() == "rows 2 alter"
    assert (tmp_path / "one.csv").read_text() == "rows 1 alter"
    assert desk.notified()[-1] == "The rows are written"
