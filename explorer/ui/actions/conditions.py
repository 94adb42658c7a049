"""Why an action cannot be carried out now, where several actions ask the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.state import RUN
from explorer.ui.base.window import Window

if TYPE_CHECKING:  # the window opens before torch is loaded
    pass


def nothing_selected(window: Window) -> str:
    """Why nothing can be done to what is selected."""
    return "" if window.dispatcher.session[SELECTED] is not None else "no face and no embedding is selected"


def no_picture(window: Window) -> str:
    """Why there is no picture of a result."""
    run = window.dispatcher.session[RUN]
    return "" if run is not None and run.best_image is not None else "no run has made a picture yet"
