"""The share of a run that is done: one bar from 0 to 1 that never runs back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion import state
from explorer.studio.inversion.progress import seconds_left
from explorer.studio.inversion.values import Contest
from explorer.studio.inversion.work import LOADING_SHARE, run_share, share_done
from tests.studio.inversion.slice_samples import samples


def shares(settings: InversionSettings, work: int) -> list[float]:
    """Of a whole run: while starts compete, at each step, while the result is scored."""
    starts = [share_done(settings, (done, work), 0, competing=27) for done in range(work + 1)]
    steps = [share_done(settings, (work, work), steps, competing=27) for steps in range(1, settings.steps + 2)]
    return [*starts, *steps, share_done(settings, (work, work), 0, competing=27, scoring=True)]


@pytest.mark.parametrize("work", [0, 24, 126])
@pytest.mark.parametrize(
    "changes",
    [{}, {"coarse": 0}, {"coarse": 20}, {"finish": 0}, {"steps": 3}, {"resolution": 1024}, {"steps": 1, "finish": 14}],
)
def test_it_only_grows_and_stays_below_the_whole_until_the_result(changes: dict[str, int], work: int) -> None:
    found = shares(InversionSettings(**changes), work)
    assert all(one <= other for one, other in pairwise(found))
    assert 0 <= found[0] <= LOADING_SHARE
    assert 0.5 < found[-1] < 1


def test_a_step_that_is_drawn_larger_counts_for_more() -> None:
    settings = InversionSettings(steps=20, coarse=20, finish=5)
    coarse, small, large = (
        share_done(settings, (0, 0), steps + 1, competing=0) - share_done(settings, (0, 0), steps, competing=0)
        for steps in (2, 7, 18)
    )
    assert 0 < coarse < small < large


def test_a_start_that_is_drawn_smaller_counts_for_less() -> None:
    coarse, partly, small = (
        share_done(InversionSettings(coarse=coarse), (54, 126), 0, competing=27) for coarse in (16, 2, 0)
    )
    # Where only the first round is coarse, the same evaluations are a smaller share of the contest.
    assert partly < coarse < small


def test_a_run_that_goes_on_has_no_coarse_steps() -> None:
    settings = InversionSettings(coarse=30)
    assert share_done(settings, (0, 0), 10, competing=0, warm=True) == share_done(
        settings.model_copy(update={"coarse": 0}), (0, 0), 10, competing=0
    )


def test_the_bar_does_not_run_back_where_the_contest_ends_early() -> None:
    settings = InversionSettings(coarse=20)
    contest, ended, steps = (
        share_done(settings, starts, steps, competing=27)
        for starts, steps in (((90, 126), 0), ((90, 90), 0), ((90, 90), 1))
    )
    assert contest < ended < steps


def test_what_is_left_is_told_by_the_work_that_is_left() -> None:
    """Steps that took as long as their size lets expect promise the seconds that the others will take."""
    settings = InversionSettings(steps=30, coarse=26, finish=5)
    costs = [0.12] * 10 + [0.24] * 15 + [0.5] * 6
    record = samples()[state.RUN].steps[0]
    made = tuple(record.model_copy(update={"index": i, "seconds": 2 * sum(costs[: i + 1])}) for i in range(31))
    for count in (2, 9, 12, 24, 28):
        assert seconds_left(settings, made[:count], warm=False) == pytest.approx(2 * sum(costs[count:]))
    assert seconds_left(settings, made[:1], warm=False) is None
    assert seconds_left(settings, made, warm=False) == pytest.approx(0)


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
