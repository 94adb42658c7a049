"""How the window says that a file was written, or why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.imaging import file_stem
from explorer.ui.base.proposed import picture_file, subject_of
from explorer.ui.widgets.image_view import ImageView

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.export.provenance import Provenance


def report_saving(view: ImageView, dispatcher: CommandDispatcher) -> None:
    """Let a view's picture carry its provenance out of the window; tell the user that it was saved, or why not."""

    def about(pixels: NDArray[np.uint8], mark: bool) -> Provenance:
        from explorer.studio.app.picture_records import (
            picture_record,  # brings pypdf, which the first paint does not need
        )

        return picture_record(dispatcher.session, pixels, view.title, mark=mark)

    def proposed(pixels: NDArray[np.uint8] | None) -> str:
        return picture_file(dispatcher.session, pixels, f"{file_stem(view.title)}.png")

    def saved(path: Path) -> None:
        key = subject_of(dispatcher.session, view.source)
        about = () if key is None else (key,)
        dispatcher.report("info", "The picture is saved", path.name, path=path, about=about)

    view.about, view.proposed = about, proposed
    view.saved.connect(saved)
    view.failed.connect(lambda reason: dispatcher.report("warning", "The picture was not saved", reason))
