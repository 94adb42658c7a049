"""The handlers of the figure composer. What it previews is what it writes, at fewer pixels an inch."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from explorer.studio.arrays import Image
from explorer.studio.composer.composition import Composition, numbers
from explorer.studio.composer.requests import Compose, Composed, ComposeOnDevice, WriteNumbers
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.inversion.pictures import shown_steps, step_picture
from explorer.studio.inversion.state import RunState


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return ComposeHandlers(device).table()


class ComposeHandlers:
    """Composes figures; of runs it draws what is missing."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {Compose: self.compose, ComposeOnDevice: self.compose_run, WriteNumbers: self.write_numbers}

    def compose(self, request: Compose, control: Control) -> Generator[Report, None, Composed]:
        """Compose what needs no network."""
        from explorer.studio.composer.drawing import composed  # brings matplotlib, which the start does not wait for

        yield Progress("composing the figure")
        return composed(request)

    def compose_run(self, request: Compose, control: Control) -> Generator[Report, None, Composed]:
        """Draw what is missing of a run, a picture at a time, then its figure or film."""
        from explorer.studio.composer.drawing import composed_run

        composition, run = request.composition, request.material.runs[0]
        if run.result is None:
            raise UserError("the run was not finished: choose one that was")
        steps = _steps(composition, run, whole=request.path is not None)
        pictures: dict[int, Image] = {}
        for done, index in enumerate(steps):
            yield Progress("drawing the steps", done, len(steps), "pictures")
            pictures[index] = step_picture(self._device.networks(control), run.result, run.latents, index)

        def told(done: int, total: int) -> None:
            if control.should_stop():
                raise Cancelled("the film was cancelled")

        yield Progress("composing the figure" if request.path is None else f"writing {request.path.name}")
        return composed_run(request, self._device.networks(control), pictures, told)

    def write_numbers(self, request: WriteNumbers, control: Control) -> Generator[Report, None, Composed]:
        """Write every step's numbers."""
        from explorer.studio.export.tables import write_table
        from explorer.studio.inversion.provenance import provenance

        yield Progress(f"writing {request.path.name}")
        results = [run.result for run in request.runs if run.result is not None]
        if not results:
            raise UserError("there are no numbers to write: finish a run first")
        about = {**provenance(results[0]), "runs": [provenance(one) for one in results], "table": "steps"}
        return Composed(paths=write_table(request.path, numbers(request.runs), about))


def _steps(composition: Composition, run: RunState, *, whole: bool) -> Sequence[int]:
    """The steps whose pictures are shown. whole: whether a film is written, and not its last picture shown."""
    assert run.result is not None
    if composition.layout != "film":
        return shown_steps(run.result)
    last = len(run.steps) - 1
    return [step for step in range(last + 1) if step % composition.film.every == 0 or step == last] if whole else [last]
