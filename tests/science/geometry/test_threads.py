"""A limit holds inside, for whom it should, and is gone outside."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import numpy as np
import pytest
import torch
from threadpoolctl import ThreadpoolController, threadpool_info

from explorer.science.geometry import fitting
from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.threads import one_blas_thread, one_torch_thread
from explorer.studio.geometry.fitting import load_morphable_model
from tests.studio.geometry.viewing_kit import landmarks_of


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    """Whatever the machine and its settings, there are two to be limited."""
    torch.get_num_threads()
    with ThreadpoolController().limit(limits=2):
        yield


def blas_threads() -> list[int]:
    # An index of faces has a library of its own, which no fit uses and other tests may have loaded.
    ours = [library for library in threadpool_info() if "faiss" not in library["filepath"]]
    return [library["num_threads"] for library in ours if library["user_api"] == "blas"]


def test_numpy_and_scipy_are_limited_inside_and_not_outside() -> None:
    assert set(blas_threads()) == {2}
    with one_blas_thread():
        assert set(blas_threads()) == {1}
    assert set(blas_threads()) == {2}


def test_the_limit_goes_when_the_work_fails() -> None:
    with pytest.raises(ValueError, match="no face"), one_blas_thread():
        raise ValueError("no face")
    assert set(blas_threads()) == {2}


def test_two_at_once_leave_the_number_as_it_was() -> None:
    inside, go_on = Event(), Event()

    def first() -> None:
        with one_blas_thread():
            inside.set()
            go_on.wait(10)

    def second() -> None:
        with one_blas_thread():
            pass

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert set(blas_threads()) == {2}


def test_torch_is_limited_on_the_thread_that_asks_alone() -> None:
    numbers: dict[str, int] = {}
    inside, go_on = Event(), Event()

    def other() -> None:
        inside.wait(10)
        numbers["other"] = torch.get_num_threads()
        go_on.set()

    def limited() -> None:
        with one_torch_thread():
            numbers["inside"] = torch.get_num_threads()
            inside.set()
            go_on.wait(10)
        numbers["outside"] = torch.get_num_threads()

    before = torch.get_num_threads()
    threads = [Thread(target=other), Thread(target=limited)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    with one_torch_thread():
        assert torch.get_num_threads() == 1
    assert before == torch.get_num_threads() == 2
    assert numbers["inside"] == 1
    assert numbers["other"] == numbers["outside"]


def test_a_fit_solves_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    model: MorphableModel = load_morphable_model()
    seen: list[list[int]] = []
    solved = fitting._solved

    def watched(square: np.ndarray, product: np.ndarray) -> np.ndarray:
        seen.append(blas_threads())
        return solved(square, product)

    monkeypatch.setattr(fitting, "_solved", watched)
    fit_landmarks(landmark_basis(model), landmarks_of(model))
    assert seen
    assert all(set(numbers) == {1} for numbers in seen)
    assert set(blas_threads()) == {2}
