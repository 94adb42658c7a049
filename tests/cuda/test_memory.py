"""Where memory runs out: pieces are halved, a lane of the engine goes on, and the table says what torch keeps."""

from __future__ import annotations

import queue
from collections.abc import Generator
from dataclasses import dataclass

import pytest
import torch

from explorer.science.device_memory import PIECES, at_once, in_pieces, kept_bytes
from explorer.science.inversion.objective import usual_points
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Event, Failure, Finished, Report
from explorer.studio.engine.requests import Request
from tests.cuda.devices import DEVICES


class Room:
    """A device on which so many rows fit; what was tried is noted."""

    def __init__(self, rows: int) -> None:
        self.rows, self.tried = rows, list[int]()

    def work(self, some: torch.Tensor) -> list[int]:
        self.tried.append(len(some))
        if len(some) > self.rows:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return [int(row) for row in some]


def test_pieces_are_halved_until_they_fit_and_each_row_is_worked_on_once() -> None:
    room = Room(3)
    made = [row for _, rows in in_pieces(torch.arange(11), 8, room.work) for row in rows]
    assert made == list(range(11))
    assert room.tried == [8, 4, 2, 2, 2, 2, 2, 1]


def test_a_single_row_that_does_not_fit_is_said() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        list(in_pieces(torch.arange(4), 4, Room(0).work))


def test_other_failures_are_not_tried_again() -> None:
    def broken(some: torch.Tensor) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_pieces(torch.arange(4), 4, broken))


@pytest.mark.parametrize(
    ("gigabytes", "coarse", "faces"), [(1, 1, 4), (4, 4, 16), (8, 8, 32), (24, 16, 128), (80, 16, 256)]
)
def test_a_larger_gpu_takes_more_at_once(gigabytes: int, coarse: int, faces: int) -> None:
    def memory(device: torch.device) -> int:
        return gigabytes * 2**30

    assert at_once("coarse start", "cuda:1", memory) == coarse
    assert at_once("face", "cuda", memory) == faces
    assert at_once("start", "cuda", memory) in (1, 2), "a start at full size has a bit of its own"


def test_the_cpu_takes_what_suits_its_caches() -> None:
    assert {job: at_once(job, "cpu") for job in PIECES} == {job: piece.on_cpu for job, piece in PIECES.items()}


@pytest.mark.slow
def test_the_table_says_what_torch_keeps(networks: Networks) -> None:
    generator, encoder = networks.generator(), networks.recogniser("arcface-mbf")
    w = generator.sample(1, 1)[1].detach().requires_grad_()

    def start() -> torch.Tensor:
        return encoder.embed(generator.image(generator.styles(w, "W"), 256), usual_points(256)[None])

    assert 0.7 * PIECES["coarse start"].bytes < kept_bytes(start) < 1.05 * PIECES["coarse start"].bytes
    picture = torch.rand(1, 3, 128, 128, requires_grad=True)
    kept = kept_bytes(lambda: encoder.embed(picture, usual_points(128)[None]))
    assert 0.5 * PIECES["face"].bytes < kept < 1.2 * PIECES["face"].bytes


@dataclass(frozen=True, eq=False)
class Allocate(Request):
    """Take so many bytes of a device."""

    device: str = "cpu"
    count: int = 0


def allocate(request: Allocate, control: Control) -> Generator[Report, None, object]:
    yield from ()
    return torch.empty(request.count, dtype=torch.uint8, device=request.device).numel()


@pytest.mark.parametrize("device", DEVICES)
def test_a_lane_goes_on_behind_a_request_that_did_not_fit(device: str) -> None:
    events: queue.Queue[Event] = queue.Queue()
    ends = []
    with Engine({Allocate: allocate}) as engine:
        engine.connect(events.put)
        for count in (2**60, 1000):
            engine.submit(Allocate(device, count))
            report = events.get(timeout=100).report
            while not isinstance(report, Failure | Finished):
                report = events.get(timeout=100).report
            ends.append(report)
    assert isinstance(ends[0], Failure)
    assert ends[0].kind == "memory"
    assert isinstance(ends[1], Finished)
    assert ends[1].result == 1000
