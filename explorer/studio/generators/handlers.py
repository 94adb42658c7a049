"""The handler that brings a generator; it runs on the worker `files`, so that no inversion waits for it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from explorer.studio import errors
from explorer.studio.catalogue.generators import PointsFound, import_generator
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.generators.requests import GeneratorImported, ImportGenerator

if TYPE_CHECKING:
    from explorer.science.generation.generator import Generator as FaceGenerator


def bring_generator(request: ImportGenerator, control: Control) -> Generator[Report, None, GeneratorImported]:
    """Read a file, measure what it draws, and keep it; cancelled between two of its faces, with nothing kept."""
    remarks: list[str] = []

    def tell(said: str) -> None:
        if control.should_stop():
            raise errors.Cancelled("stopped before the generator was kept")
        control.emit(Progress(said))

    def points_of(generator: FaceGenerator) -> PointsFound:
        from explorer.studio.catalogue.face_points import points_where_possible  # brings torch

        return points_where_possible(generator, remarks.append)

    yield Progress("importing a generator")
    finder = points_of if request.points else None
    card = import_generator(request.path, request.licence, request.name, finder, tell)
    return GeneratorImported(card, tuple(remarks))


FILE_HANDLERS: Mapping[type[Request], Handler] = {ImportGenerator: bring_generator}


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request; none of them needs the device."""
    return FILE_HANDLERS
