"""A generator's return value survives a plain loop."""

import pytest

from explorer.science.iteration import Steps


def counted(to, closed=None):
    try:
        yield from range(to)
    finally:
        if closed is not None:
            closed.append(True)
    return f"counted to {to}"


def test_a_loop_sees_every_step_and_the_result_is_kept():
    steps = Steps(counted(3))
    assert list(steps) == [0, 1, 2]
    assert steps.result == steps.result == "counted to 3"
    assert list(steps) == [], "what is over stays over"
    assert steps.result == "counted to 3"


def test_the_result_runs_whatever_is_left():
    steps = Steps(counted(3))
    for step in steps:
        if step == 1:
            break
    assert next(steps) == 2, "a loop that was left goes on where it was left"
    assert Steps(counted(5)).result == "counted to 5"


@pytest.mark.parametrize("returned", [None, 0, "", False])
def test_a_result_that_is_nothing_is_a_result(returned):
    def nothing():
        yield
        return returned

    assert Steps(nothing()).result is returned


def test_what_fails_has_no_result():
    def failing():
        yield 1
        raise KeyError("lost")

    steps = Steps(failing())
    with pytest.raises(KeyError, match="lost"):
        list(steps)
    with pytest.raises(RuntimeError, match="no result"):
        _ = steps.result


def test_what_is_closed_has_no_result():
    closed = []
    steps = Steps(counted(3, closed))
    next(steps)
    steps.close()
    assert closed == [True]
    assert list(steps) == []
    with pytest.raises(RuntimeError, match="no result"):
        _ = steps.result


def test_a_generator_that_is_given_up_is_closed_at_once():
    closed = []
    steps = Steps(counted(3, closed))
    next(steps)
    del steps
    assert closed == [True]


def test_steps_inside_a_generator_are_closed_with_it():
    closed = []

    def doubled():
        steps = Steps(counted(3, closed))
        for step in steps:
            yield 2 * step
        return steps.result

    assert Steps(doubled()).result == "counted to 3"
    outer = doubled()
    assert next(outer) == 0
    outer.close()
    assert closed == [True, True]
