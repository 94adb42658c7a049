"""The user's commands around a network that is being brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.studio.bringing.removing import remove_network
from explorer.studio.bringing.requests import KeepNetwork, NetworkKept, TryNetwork
from explorer.studio.bringing.state import BRINGING, OWN_ENCODERS
from explorer.studio.bringing.tried import Naming, TriedNetwork
from explorer.studio.bringing.values import Bringing, Line, Stage
from explorer.studio.bringing.wishes import NO_WISHES, Wishes
from explorer.studio.bringing.words import auc_words, card_words, description_words
from explorer.studio.catalogue.brought_encoders import (
    brought_encoders,
    name_for,
    register_brought_encoders,
)
from explorer.studio.catalogue.image_encoders import remove_image_encoder
from explorer.studio.engine.reports import Cancelled, Event, Failure
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.errors import UserError, explain
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, VECTORS
from explorer.studio.gallery.controller import GalleryController
from explorer.studio.inversion.settings_controller import SettingsController
from explorer.studio.inversion.state import RUN, RUNS
from explorer.studio.session.requests import SaveSession
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.state import Session

if TYPE_CHECKING:
    from explorer.science.evaluation.conventions import TriedConvention

_LAYERS_SHOWN = 100
_FRAMINGS = {"arcface": "five points", "square-box": "box x {margin:g}", "whole-frame": "whole frame"}


class BringingController(Controller):
    """Keeps `session[BRINGING]`."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._ticket: Ticket | None = None
        self._tried: TriedNetwork | None = None
        self.look()

    def look(self) -> None:
        """See what the user's folder holds: the command line may have changed it."""
        register_brought_encoders()
        cards = tuple(brought_encoders())
        if cards != self._session[OWN_ENCODERS]:
            self._session[OWN_ENCODERS] = cards

    def try_network(self, path: Path, layer: str = "", wishes: Wishes = NO_WISHES) -> None:
        """Find out how the network of a file wants its faces, by the layer that is named or its own.

        Args:
            wishes: what is not to be found out.
        """
        before = self._session[BRINGING]
        same = before is not None and before.path == path
        self._tried = None
        self._session[BRINGING] = Bringing(
            path,
            "trying",
            layer,
            layers=before.layers if before is not None and same else (),
            name=name_for(path.name),
            sizes=before.sizes if before is not None and same else (),
            wishes=wishes,
        )
        self._ticket = self._app.submit(TryNetwork(path, layer or None, wishes))

    def keep(self, line: int, name: str, licence: str, commercial: bool, threshold: float | None = None) -> None:
        """Keep what was tried as an encoder, under a line of the table; the rest is as in `Naming`."""
        known = self._session[BRINGING]
        if known is None or self._tried is None:
            return
        self._session[BRINGING] = replace(known, stage="keeping", message="", name=name)
        self._ticket = self._app.submit(KeepNetwork(self._tried, line, Naming(licence, name, commercial, threshold)))

    def stop(self) -> None:
        """Let go of it; nothing is kept."""
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            self._app.engine.cancel(ticket)
        self._tried = None
        self._session[BRINGING] = None

    def remove(self, name: str) -> None:
        """Take an encoder away; while anything is under way that may ask for it, it stays."""
        if any(not isinstance(request, SaveSession) for _, request in self._app.pending(Request)):
            self._app.notify("warning", f"{name} stays for now", "cancel what is under way, or wait for its end")
            return
        try:
            card = remove_network(name)
        except (UserError, OSError) as error:
            self._app.notify("warning", "The network was not removed", explain(error) or str(error))
            self.look()
            return
        if self._session[ENCODER] == name:
            from explorer.science.recognition.registry import ENCODERS  # brings torch

            self._app.controller(SettingsController).select_encoder(ENCODERS.names()[0])
        self.look()
        self._app.notify("info", f"{name} is removed", f"what was made with it stays; it came from {card.source}")

    def remove_image_encoder(self, name: str) -> None:
        """Take an image encoder away."""
        try:
            card = remove_image_encoder(name)
        except (UserError, OSError) as error:
            self._app.notify("warning", "The image encoder was not removed", explain(error) or str(error))
            return
        self._app.notify("info", f"{name} is removed", f"it came from {card.source}")

    def after_loading(self) -> None:
        """Say which encoders a session names that are not here; where it has chosen such a one, choose another."""
        from explorer.science.recognition.registry import ENCODERS  # brings torch

        absent = [name for name in _named(self._session) if name not in ENCODERS]
        if not absent:
            return
        chosen = self._session[ENCODER]
        instead = ""
        if chosen in absent:
            self._session[ENCODER] = ENCODERS.names()[0]
            instead = f"; {self._session[ENCODER]} is chosen instead of {chosen}"
        self._app.notify(
            "warning",
            "An encoder of this session is not here",
            f"{', '.join(absent)}: its vectors and runs are shown, and none are made anew. Import its network again "
            f"under the same name (File > Import network){instead}",
        )

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return {TriedNetwork: self._has_tried, NetworkKept: self._has_kept}

    def on_final(self, event: Event) -> None:
        """Take note of what failed or was cancelled: it can be begun again, or what was tried kept otherwise."""
        known = self._session[BRINGING]
        if event.ticket is not self._ticket or known is None:
            return
        if isinstance(event.report, Failure):
            self._ticket = None
            stage: Stage = "tried" if self._tried is not None else "failed"
            self._session[BRINGING] = replace(known, stage=stage, message=event.report.message)
        elif isinstance(event.report, Cancelled):
            self._session[BRINGING] = replace(known, stage="failed", message="stopped: nothing was kept")
            self._tried = None

    def _has_tried(self, tried: TriedNetwork) -> None:
        known = self._session[BRINGING]
        if known is None or known.path != tried.path:
            return
        self._ticket, self._tried = None, tried
        about = tried.description
        self._session[BRINGING] = replace(
            known,
            stage="tried",
            about=description_words(tried),
            layer=about.layer,
            layers=about.layers[:_LAYERS_SHOWN],
            sizes=about.sizes,
            population=tried.population,
            lines=tuple(map(line_of, tried.table)),
            message="",
        )

    def _has_kept(self, kept: NetworkKept) -> None:
        self._ticket = self._tried = None
        self.look()
        self._embed_by(kept.card.id)
        known = self._session[BRINGING]
        if known is not None:
            self._session[BRINGING] = replace(known, stage="kept", name=kept.card.id, message=card_words(kept.card))
        self._app.notify("info", f"{kept.card.id} is an encoder now", card_words(kept.card), path=kept.card.text)

    def _embed_by(self, encoder: str) -> None:
        """Embed what is open by a new encoder, too; what an earlier one of its name made is none of its own."""
        session = self._session
        session[EMBEDDINGS] = {
            key: {name: vector for name, vector in vectors.items() if name != encoder}
            for key, vectors in session[EMBEDDINGS].items()
        }
        for key in session[FACES]:
            self._app.controller(FacesController).embed(key)
        self._app.controller(GalleryController).embed_anew()


def line_of(tried: TriedConvention) -> Line:
    """A line of the table in words."""
    one = tried.convention
    rows, columns = one.size
    numbers = one.describe().rpartition(", ")[0].split(f"{one.colour}, ", 1)[1]
    return Line(
        framing=_FRAMINGS[one.framing].format(margin=one.margin),
        size=f"{rows} x {columns}",
        colour=one.colour,
        numbers=numbers,
        measure=one.measure,
        photographs=tried.photographs,
        auc=auc_words(tried),
        apart=f"{tried.found.apart:.2f}",
    )


def _named(session: Session) -> list[str]:
    """The encoders that a session names, each once."""
    now = session[RUN]
    runs = [*session[RUNS].values(), *([] if now is None else [now])]
    embedded = [name for by_encoder in session[EMBEDDINGS].values() for name in by_encoder]
    vectors = [one.encoder for one in session[VECTORS].values()]
    return list(dict.fromkeys([session[ENCODER], *vectors, *(run.settings.encoder for run in runs), *embedded]))
