"""The application: every feature's controller on one session and one engine, on the consumer's thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.studio.app.features import FEATURES
from explorer.studio.app.undo import Undo
from explorer.studio.batch.controller import BatchController
from explorer.studio.batch.requests import RunBatch, RunSet
from explorer.studio.bringing.controller import BringingController
from explorer.studio.composer.controller import ComposerController
from explorer.studio.downloads.controller import DownloadsController
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import SELECTED
from explorer.studio.gallery.controller import GalleryController
from explorer.studio.generators.controller import GeneratorsController
from explorer.studio.geometry.controller import ViewController
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.runs_controller import RunsController
from explorer.studio.inversion.settings_controller import SettingsController
from explorer.studio.leakage.controller import ProbeController
from explorer.studio.session.activities import Activities
from explorer.studio.session.controller import SessionController
from explorer.studio.session.feature import Feature, load
from explorer.studio.session.forgetting import forget, with_implied
from explorer.studio.session.history import History
from explorer.studio.session.requests import SaveSession
from explorer.studio.session.services import AppServices, C, Controller, R
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Level, Session
from explorer.studio.variation.controller import VariationController


class Workbench(AppServices):
    """Applies the user's commands to the session and the engine, and the engine's events to the session.

    The consumer connects the engine to its own thread, for example `engine.connect(bridge.event.emit)` with a
    queued Qt signal whose slot calls `workbench.handle`. No method raises for a user's mistake: it becomes a
    notification in the session, and what was there stays.

    Args:
        weights: the weight of every loss term to begin with (`inversion.terms.default_weights()`).
    """

    def __init__(
        self,
        engine: EngineProtocol,
        session: Session,
        weights: Mapping[str, float] | None = None,
        features: tuple[Feature, ...] = FEATURES,
    ) -> None:
        self.engine = engine
        self.session = session
        self.default_weights = dict(weights or {})
        self.history = History(session, lambda: session[SELECTED] or "")
        self._activities = Activities(session, engine)
        self._controllers: dict[type[Controller], Controller] = {}
        for feature in features:
            for name in feature.controllers:
                kind: type[Controller] = load(name)
                self._controllers[kind] = kind(self)
        self._activities.connect(self._controllers.values())
        self._undo = Undo(self)

    def controller(self, kind: type[C]) -> C:
        """The application's controller of a class.

        Raises:
            LookupError: no feature of the table has one.
        """
        found = self._controllers.get(kind)
        if not isinstance(found, kind):
            raise LookupError(f"no feature of the table has a {kind.__name__}")
        return found

    def handle(self, event: Event) -> None:
        """Apply an engine event to the session, unless it is stale."""
        if self.engine.admits(event):
            self._activities.apply(event)

    # Taking back, forgetting, loading.

    def undo(self) -> None:
        """Take the last change back."""
        self._undo.swap(back=True)

    def redo(self) -> None:
        """Bring back what was taken back last."""
        self._undo.swap(back=False)

    def forget(self, forgotten: Forgotten) -> None:
        """Remove every trace of faces, vectors and photographs: from the session, its history and its autosave."""
        session = self.session
        present = {slice_: session[slice_] for slice_ in session.slices}
        forgotten = with_implied(forgotten, (present, *self.history.sides()))
        with self.history.suspended():
            for controller in self._controllers.values():
                controller.before_forgetting(forgotten)
            forget(session, forgotten)
            self.history.forget(forgotten)
            for controller in self._controllers.values():
                controller.after_forgetting(forgotten)

    def load(self, snapshot: Snapshot) -> None:
        """Put a session in the place of the one there is; what is under way is dropped, but for what is being saved and
        for folders and data sets, which belong to no session."""
        self._activities.cancel(None, keeping=(SaveSession, RunBatch, RunSet))
        with self.history.suspended():
            for controller in self._controllers.values():
                controller.before_loading(snapshot)
        self._undo.load(snapshot)
        with self.history.suspended():
            for controller in self._controllers.values():
                controller.after_loading()

    # Requests and words.

    def submit(self, request: Request, values: Mapping[str, float] | None = None, single_step: bool = False) -> Ticket:
        """Hand a request to the engine and show it as an activity in place of an older one of its lane."""
        ticket = self.engine.submit(request, values, single_step=single_step)
        self._activities.add(ticket)
        return ticket

    def pending(self, kind: type[R]) -> list[tuple[Ticket, R]]:
        """The requests of a kind that are under way."""
        return self._activities.pending(kind)

    def cancel(self, generation: int | None = None) -> None:
        """Drop the activity named, or everything under way. The steps already seen stay."""
        self.inversion.wait_no_more()
        self._activities.cancel(generation)

    def notify(
        self,
        level: Level,
        title: str,
        text: str,
        details: str = "",
        *,
        path: Path | None = None,
        about: tuple[str, ...] = (),
    ) -> None:
        """Add a notification."""
        self._activities.notify(level, title, text, details, path=path, about=about)

    def log(self, what: str, name: str = "", text: str = "", about: tuple[str, ...] = ()) -> None:
        """Add a line to the log."""
        self._activities.log(what, name, text, about)

    def close(self) -> None:
        """Stop the engine."""
        self.engine.close()

    # The controllers by their short names; others are found by their class.

    @property
    def faces(self) -> FacesController:
        """Photographs, faces, vectors."""
        return self.controller(FacesController)

    @property
    def settings(self) -> SettingsController:
        """The next run's settings and weights."""
        return self.controller(SettingsController)

    @property
    def inversion(self) -> InversionController:
        """The run in view."""
        return self.controller(InversionController)

    @property
    def runs(self) -> RunsController:
        """The runs of the session."""
        return self.controller(RunsController)

    @property
    def views(self) -> ViewController:
        """The 3D face."""
        return self.controller(ViewController)

    @property
    def probes(self) -> ProbeController:
        """What is read from embeddings."""
        return self.controller(ProbeController)

    @property
    def variation(self) -> VariationController:
        """Several inversions of one embedding."""
        return self.controller(VariationController)

    @property
    def gallery(self) -> GalleryController:
        """Many faces."""
        return self.controller(GalleryController)

    @property
    def batches(self) -> BatchController:
        """Whole folders."""
        return self.controller(BatchController)

    @property
    def bringing(self) -> BringingController:
        """Networks of the user's own."""
        return self.controller(BringingController)

    @property
    def composer(self) -> ComposerController:
        """The figure composer."""
        return self.controller(ComposerController)

    @property
    def downloads(self) -> DownloadsController:
        """Networks that are missing."""
        return self.controller(DownloadsController)

    @property
    def generators(self) -> GeneratorsController:
        """Generators of the user's own."""
        return self.controller(GeneratorsController)

    @property
    def files(self) -> SessionController:
        """The session as a file."""
        return self.controller(SessionController)
