"""The handlers of the figure composer. What it previews is what it writes, at fewer pixels an inch."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from explorer.science.iteration import Steps
from explorer.studio.arrays import Image
from explorer.studio.composer.composition import Composition, numbers
from explorer.studio.composer.requests import Compose, Composed, ComposeLaboratory, ComposeOnDevice, WriteNumbers
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.inversion.pictures import shown_steps, step_picture
from explorer.studio.inversion.state import RunState

if TYPE_CHECKING:
    from explorer.studio.inversion.running import FinishedInversion, Inverting


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return ComposeHandlers(device).table()


class ComposeHandlers:
    """Composes figures; of runs it draws what is missing."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            Compose: self.compose,
            ComposeLaboratory: self.compose_laboratory,
            ComposeOnDevice: self.compose_run,
            WriteNumbers: self.write_numbers,
        }

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

    def compose_laboratory(self, request: ComposeLaboratory, control: Control) -> Generator[Report, None, Composed]:
        """Make what a figure of Deep Face Decoder shows, unless that was made before, and compose it."""
        from explorer.studio.composer.drawing import composed_laboratory
        from explorer.studio.composer.laboratory_drawing import make_figure

        choice, (faces, made) = request.composition.laboratory, (request.material.faces, request.material.made)
        if made is None or not made.is_of(choice, faces):
            yield Progress("decoding the faces")
            made = make_figure(self._device.networks(control), choice, faces, partial(_searched, control))
        yield Progress("composing the figure" if request.path is None else f"writing {request.path.name}")
        return composed_laboratory(request, made)

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


def _searched(control: Control, running: Inverting) -> FinishedInversion:
    """Run a search to its end, and say how far it is.

    Raises:
        Cancelled: nobody wants it any more.
    """
    steps = Steps(running)
    for made, _ in enumerate(steps):
        control.emit(Progress("searching", made, 0, "steps"))
        if control.should_stop():
            running.close()
            raise Cancelled("the search was cancelled")
    finished = steps.result
    assert finished is not None, "nobody finishes it early"
    return finished


def _steps(composition: Composition, run: RunState, *, whole: bool) -> Sequence[int]:
    """The steps whose pictures are shown. whole: whether a film is written, and not its last picture shown."""
    assert run.result is not None
    if composition.layout != "film":
        return shown_steps(run.result)
    last = len(run.steps) - 1
    return [step for step in range(last + 1) if step % composition.film.every == 0 or step == last] if whole else [last]
