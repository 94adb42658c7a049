"""The ways as the engine goes them: each is told of before it begins, and what ended stays where it is stopped."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.registry import Registry
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.engine.reports import Progress
from explorer.studio.errors import Cancelled
from explorer.studio.export.provenance import read_provenance
from explorer.studio.methods import comparing
from explorer.studio.methods import handlers as handling
from explorer.studio.methods.handlers import MethodsHandlers
from explorer.studio.methods.made_faces import MadeFace, SearchStart, Way
from explorer.studio.methods.requests import CompareWays, ExportWays, WayMoved, WayReport
from tests.studio.methods.methods_kit import all_ways
from tests.studio.slice_kit import target

SETTINGS = InversionSettings()


class Networks:
    """Labels nothing: the networks that would are not here."""

    def labellers(self):
        raise MissingNetwork("no labellers")


def way(name, lacking="", search=None):
    def make(networks, target, settings, should_stop):
        yield name
        return MadeFace(np.zeros((8, 8, 3), np.uint8), 0.5)

    return Way(name, name.title(), "made up", make, lambda networks, settings: lacking, search)


@pytest.fixture
def going(monkeypatch):
    made = Registry(
        "inversion way",
        (way("one"), way("two", "no weights"), way("three", search=SearchStart())),
        lambda one: one.name,
    )
    for module in (comparing, handling):
        monkeypatch.setattr(module, "WAYS", made)
    monkeypatch.setattr(comparing, "score_result", lambda networks, target, settings, picture: [])
    ended = []
    control = SimpleNamespace(should_finish=lambda: bool(ended), should_stop=lambda: False)
    work = MethodsHandlers(SimpleNamespace(networks=lambda control: Networks()))
    return Steps(work.compare(CompareWays("key", target(), SETTINGS), control)), ended


def test_every_way_is_told_of_before_it_begins_and_when_it_ends(going):
    steps, _ = going
    reports = list(steps)
    ended = [one.seen for one in reports if isinstance(one, WayReport)]
    assert [one.row.way for one in ended] == ["one", "two", "three"]
    assert [one.picture is None for one in ended] == [False, True, False]
    assert [one.searches for one in ended] == [False, False, True]
    assert [one.row.readings for one in ended] == [{}, {}, {}], "nobody labels here"
    titles = [one.now.title for one in reports if isinstance(one, WayMoved)]
    assert list(dict.fromkeys(titles)) == ["One", "Two", "Three"]
    assert [one.done for one in reports if isinstance(one, Progress)] == sorted(
        one.done for one in reports if isinstance(one, Progress)
    )
    assert steps.result.key == "key"


@pytest.mark.parametrize("after", [0, 1])
def test_what_has_ended_stays_where_it_is_stopped_and_nothing_is_cancelled(going, after):
    steps, ended = going
    seen = 0
    if not after:
        ended.append(True)
        with pytest.raises(Cancelled, match="before a way had made a face"):
            list(steps)
        return
    for report in steps:
        if isinstance(report, WayReport):
            seen += 1
            ended.append(True)
    assert seen == 1
    assert steps.result.key == "key"


def test_the_export_shows_the_photograph_where_asked_for_only(tmp_path):
    work, sizes = MethodsHandlers(SimpleNamespace()), []
    for shown in (False, True):
        path = tmp_path / f"{shown}.svg"
        steps = Steps(work.export(ExportWays(path, target(), SETTINGS, tuple(all_ways()), shown), SimpleNamespace()))
        list(steps)
        assert steps.result.paths[0] == path
        assert read_provenance(path)["kind"] == "ways of inversion side by side"
        sizes.append(path.read_text().count("<image"))
    assert sizes == [3, 4]
