"""The user's commands around a network that is being brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.studio.bringing.requests import KeepNetwork, NetworkKept, TryNetwork
from explorer.studio.bringing.state import BRINGING
from explorer.studio.bringing.tried import Naming, TriedNetwork
from explorer.studio.bringing.values import Bringing, Line, Stage
from explorer.studio.bringing.words import auc_words, card_words, description_words
from explorer.studio.catalogue.brought_encoders import name_for
from explorer.studio.engine.reports import Cancelled, Event, Failure
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, VECTORS
from explorer.studio.inversion.state import RUN, RUNS
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

    def try_network(self, path: Path, layer: str = "") -> None:
        """Find out how the network of a file wants its faces, by the layer that is named or its own."""
        before = self._session[BRINGING]
        layers = before.layers if before is not None and before.path == path else ()
        self._tried = None
        self._session[BRINGING] = Bringing(path, "trying", layer, layers=layers, name=name_for(path.name))
        self._ticket = self._app.submit(TryNetwork(path, layer or None))

    def keep(self, line: int, name: str, licence: str, commercial: bool) -> None:
        """Keep what was tried as an encoder, under a line of the table."""
        known = self._session[BRINGING]
        if known is None or self._tried is None:
            return
        self._session[BRINGING] = replace(known, stage="keeping", message="", name=name)
        self._ticket = self._app.submit(KeepNetwork(self._tried, line, Naming(licence, name, commercial)))

    def stop(self) -> None:
        """Let go of it; nothing is kept."""
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            self._app.engine.cancel(ticket)
        self._tried = None
        self._session[BRINGING] = None

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
            population=tried.population,
            lines=tuple(map(line_of, tried.table)),
            message="",
        )

    def _has_kept(self, kept: NetworkKept) -> None:
        self._ticket = self._tried = None
        known = self._session[BRINGING]
        if known is not None:
            self._session[BRINGING] = replace(known, stage="kept", name=kept.card.id, message=card_words(kept.card))
        self._app.notify("info", f"{kept.card.id} is an encoder now", card_words(kept.card), path=kept.card.text)


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
