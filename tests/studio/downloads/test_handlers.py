"""Downloads and exports through the engine."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.studio import catalogue, errors
from explorer.studio.downloads.handlers import FILE_HANDLERS
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.engine.device import Device
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Cancelled, Event, Failure, Finished, Progress, Report
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion import pictures as picturing
from explorer.studio.inversion.handlers import InversionHandlers
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.requests import Exported, ExportFigure, Invert
from explorer.studio.inversion.values import RunTarget
from tests.canned_program import record, step_record
from tests.studio.engine.engine_kit import Receiver

SETTINGS = InversionSettings(steps=9)
TARGET = RunTarget(
    "key",
    TargetRecord(kind="photograph", name="a.png", sha256="0" * 64, encoder="arcface-mbf", norm=1.0),
    np.ones(512, np.float32),
    {},
)
FACE = np.full((64, 64, 3), 90, np.uint8)


def test_a_fetch_tells_its_bytes_and_stops_when_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(ids: object, progress: Callable[[object], None], should_cancel: Callable[[], bool]) -> list[str]:
        done = 0
        while not should_cancel():
            done += 1
            progress(catalogue.FetchProgress("nets.zip", done, 100, done, 200))
        raise errors.Cancelled("stopped on request")

    monkeypatch.setattr(catalogue, "fetch", endless)
    with Engine(FILE_HANDLERS) as engine:
        receiver = Receiver(engine)
        ticket = engine.submit(FetchNetworks())
        told = receiver.until(lambda event: isinstance(event.report, Progress) and event.report.unit == "bytes").report
        assert (told.message, told.total) == ("fetching nets.zip", 200)
        engine.cancel(ticket)
        assert isinstance(receiver.until(lambda event: event.report.final).report, Cancelled)


def test_a_fetch_that_fails_says_what_to_put_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object) -> list[str]:
        raise catalogue.FetchError("cannot get nets.zip: put that file at the cache and fetch again")

    monkeypatch.setattr(catalogue, "fetch", offline)
    engine = FakeEngine(FILE_HANDLERS)
    reports = heard(engine)
    engine.submit(FetchNetworks())
    engine.run()
    assert isinstance(reports[-1], Failure)
    assert (reports[-1].kind, "put that file at" in reports[-1].message) == ("network", True)


def heard(engine: FakeEngine) -> list[Report]:
    reports: list[Report] = []

    def note(event: Event) -> None:
        reports.append(event.report)

    engine.connect(note)
    return reports


def finished_run() -> InversionRun:
    return record(
        Invert("k", TARGET, SETTINGS), [step_record(i, {"identity": 1.0, "prior": 0.02}) for i in range(10)], []
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    def grey(networks: object, latent: torch.Tensor, settings: InversionSettings, resolution: int) -> np.ndarray:
        return np.full((resolution, resolution, 3), int(latent[0]), np.uint8)

    monkeypatch.setattr(picturing, "draw", grey)
    return FakeEngine(InversionHandlers(Device(lambda loading: None)).table())


def export(path: Path) -> ExportFigure:
    latents = tuple(torch.full((512,), 20.0 * index) for index in range(10))
    return ExportFigure(path, finished_run(), latents, np.full((1024, 1024, 3), 200, np.uint8), FACE)


def test_an_exported_figure_says_how_it_was_made_inside_and_beside(engine: FakeEngine, tmp_path: Path) -> None:
    reports = heard(engine)
    engine.submit(export(tmp_path / "figure.png"))
    engine.run()
    finished = reports[-1]
    assert isinstance(finished, Finished)
    assert isinstance(finished.result, Exported)
    assert [path.name for path in finished.result.paths] == ["figure.png", "figure.png.json"]
    inside, beside = (read_provenance(path) for path in finished.result.paths)
    assert inside == beside
    assert inside["settings"]["steps"] == 9
    milestones = [report for report in reports if isinstance(report, Progress) and report.unit == "pictures"]
    assert len(milestones) > 1


def test_an_export_is_left_between_two_pictures_and_writes_nothing(engine: FakeEngine, tmp_path: Path) -> None:
    reports = heard(engine)
    ticket = engine.submit(export(tmp_path / "figure.png"))
    engine.advance(2)
    engine.cancel(ticket)
    engine.run()
    assert isinstance(reports[-1], Cancelled)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_one_line_and_nothing_half_written_stays(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    reports = heard(engine)
    engine.submit(export(tmp_path / "figure.svg"))
    engine.run()
    assert isinstance(reports[-1], Failure)
    assert "disk is full" in reports[-1].message
    assert "figure.svg" in reports[-1].message
    assert list(tmp_path.iterdir()) == []


def test_another_suffix_is_refused_with_those_there_are(engine: FakeEngine, tmp_path: Path) -> None:
    reports = heard(engine)
    engine.submit(export(tmp_path / "figure.gif"))
    engine.run()
    assert isinstance(reports[-1], Failure)
    assert reports[-1].kind == "user"
    assert ".pdf" in reports[-1].message
