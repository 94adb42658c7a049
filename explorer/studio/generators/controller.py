"""The user's commands around generators of their own: bring one, take one away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from explorer.science.generation.registry import DEFAULT_GENERATOR
from explorer.studio.catalogue.generators import (
    brought_generators,
    checked_licence,
    checked_name,
    register_brought,
    remove_generator,
)
from explorer.studio.engine.requests import Request
from explorer.studio.errors import UserError, explain
from explorer.studio.generators.requests import GeneratorImported, ImportGenerator
from explorer.studio.generators.state import BROUGHT
from explorer.studio.inversion.settings_controller import SettingsController
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.session.services import AppServices, Controller


class GeneratorsController(Controller):
    """Keeps `session[BROUGHT]` as the user's folder is."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._look()

    def bring(self, path: Path, licence: str, name: str, points: bool = True) -> None:
        """Keep the generator of a file under a name; it can then be chosen.

        Args:
            licence: its terms, in the user's words.
            points: whether a few faces are drawn, to find where they lie in its images.
        """
        try:
            request = ImportGenerator(path, checked_licence(licence), checked_name(name), points)
        except UserError as error:
            self._app.notify("warning", "The generator was not imported", str(error))
            return
        self._app.submit(request)

    def remove(self, name: str) -> None:
        """Take a generator away; one that is drawing stays, and the next run is drawn by the program's own."""
        if any(_draws_with(request, name) for _, request in self._app.pending(Request)):
            self._app.notify("warning", f"{name} is drawing", "cancel what is under way, or wait for its end")
            return
        try:
            card = remove_generator(name)
        except (UserError, OSError) as error:
            self._app.notify("warning", "The generator was not removed", explain(error) or str(error))
            self._look()
            return
        if self._session[SETTINGS].generator == name:
            self._app.controller(SettingsController).change("generator", DEFAULT_GENERATOR)
        self._look()
        self._app.notify("info", f"{name} is removed", f"what it drew stays; it came from {card.source}")

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return {GeneratorImported: self._imported}

    def _imported(self, imported: GeneratorImported) -> None:
        self._look()
        card = imported.card
        where = "choose it in the Objective panel, under Search"
        self._app.notify("info", f"{card.id} is imported", "; ".join((*card.facts, *imported.remarks, where)))

    def _look(self) -> None:
        register_brought()
        self._session[BROUGHT] = tuple(brought_generators())


def _draws_with(request: Request, name: str) -> bool:
    """Whether a request draws with a generator: an inversion, several, or a folder of them."""
    settings = getattr(getattr(request, "job", request), "settings", None)
    return getattr(settings, "generator", None) == name
