"""The share of a run that is done: one bar from 0 to 1 that never runs back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion import state
from explorer.studio.inversion.values import Contest
from explorer.studio.inversion.work import LOADING_SHARE, run_share, share_done
from tests.studio.inversion.slice_samples import samples


def shares(settings: InversionSettings, work: int) -> list[float]:
    """Of a whole run: while starts compete, at each step, while the result is scored."""
    starts = [share_done(settings, (done, work), 0) for done in range(work + 1)]
    steps = [share_done(settings, (work, work), steps) for steps in range(1, settings.steps + 2)]
    return [*starts, *steps, share_done(settings, (work, work), 0, scoring=True)]


@pytest.mark.parametrize("work", [0, 24, 126])
@pytest.mark.parametrize("changes", [{}, {"finish": 0}, {"steps": 3}, {"resolution": 1024}, {"steps": 1, "finish": 14}])
def test_it_only_grows_and_stays_below_the_whole_until_the_result(changes: dict[str, int], work: int) -> None:
    found = shares(InversionSettings(**changes), work)
    assert all(one <= other for one, other in pairwise(found))
    assert 0 <= found[0] <= LOADING_SHARE
    assert 0.5 < found[-1] < 1


def test_a_step_that_is_drawn_larger_counts_for_more() -> None:
    settings = InversionSettings(steps=20, finish=5)
    small, large = (share_done(settings, (0, 0), steps + 1) - share_done(settings, (0, 0), steps) for steps in (5, 18))
    assert large == pytest.approx(4 * small)


def test_of_a_run_in_view_it_begins_with_its_networks_and_goes_on_with_starts_and_steps() -> None:
    run = samples()[state.RUN]
    begun = replace(run, steps=(), status="starting", contest=None)
    loading = [run_share(begun, loaded) for loaded in (0.0, 0.5, 1.0)]
    racing = [run_share(replace(begun, contest=Contest(27, 3, 16, done, 126)), 0.0) for done in (2, 60, 126)]
    contest = Contest(27, 3, 16, 126, 126)
    stepping = [
        run_share(replace(run, status="running", contest=contest, steps=run.steps[:made]), 0.0) for made in (1, 2, 4)
    ]
    finishing = run_share(replace(run, status="finishing", contest=contest), 0.0)
    found = [*loading, *racing, *stepping, finishing]
    assert found == sorted(found)
    assert found[0] == 0
