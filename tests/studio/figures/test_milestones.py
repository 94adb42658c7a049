from __future__ import annotations

import pytest

from explorer.studio.picturing import milestone_steps


@pytest.mark.parametrize("best", [0, 1, 2, 7, 19, 120, 5000])
def test_milestones_lie_in_order_strictly_between_start_and_result(best, run):
    steps = milestone_steps(run.model_copy(update={"best_index": best}))
    assert steps == sorted(set(steps))
    assert all(0 < step < best for step in steps)


def test_a_long_run_has_the_five_that_fill_the_figure(run):
    assert len(milestone_steps(run.model_copy(update={"best_index": 120}))) == 5
