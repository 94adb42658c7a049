"""Ways into the session: the file dialog, the clipboard, a drop, a sample, a bare embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from explorer.science.contents import PHOTOGRAPHS
from explorer.studio.app.workbench import Workbench
from explorer.studio.export.recognising import is_figure
from explorer.studio.faces.state import ENCODER, UNNAMED
from explorer.studio.faces.values import UnnamedVector
from explorer.studio.faces.vectors import READ_SUFFIXES, is_vector_file
from explorer.ui.base import imaging
from explorer.ui.base.file_dialogs import ask_open_several
from explorer.ui.base.file_kinds import SESSION_SUFFIX, SESSIONS
from explorer.ui.base.observe import Observer
from explorer.ui.base.paths import found_path
from explorer.ui.base.window import Window
from explorer.ui.faces.vector_dialog import VectorDialog

PICTURES = f"Photographs ({' '.join(f'*{ending}' for ending in PHOTOGRAPHS)})"
VECTORS = f"Embeddings ({' '.join(f'*{suffix}' for suffix in READ_SUFFIXES)})"


class OpenService(QObject):
    """Turns what the user brings into commands. `session_brought` carries the path of a session file."""

    session_brought = Signal(object)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher = window.dispatcher
        self._window = window
        self._question: VectorDialog | None = None
        self._observer = Observer(window.dispatcher.session)
        self._observer.watch(UNNAMED, self._ask)

    def leave(self) -> None:
        """Ask nothing more: the window goes."""
        self._observer.release()

    def dialog(self) -> None:
        """Ask for photographs."""
        kinds = f"{PICTURES};;{VECTORS};;{SESSIONS};;All files (*)"
        self.paths(ask_open_several(self._window, "photographs", "Open photographs", kinds))

    def vector_dialog(self) -> None:
        """Ask for bare embeddings."""
        self.vectors(ask_open_several(self._window, "vectors", "Open embeddings", f"{VECTORS};;All files (*)"))

    def paths(self, paths: Sequence[Path]) -> None:
        """Open files; of embeddings that do not say which encoder made them, ask it once. A session is opened alone.

        Folders are read into the gallery.
        """
        paths = [found_path(path) for path in paths]
        session = next((path for path in paths if path.suffix.lower() == SESSION_SUFFIX), None)
        if session is not None:
            self.session_brought.emit(session)
            return
        folders = [path for path in paths if path.is_dir()]
        if folders:
            self._dispatcher.send(lambda app: app.gallery.add_folders(folders))
            self._window.bring("gallery")
        figures = [path for path in paths if is_figure(path)]
        for path in figures:
            self.figure(path)
        paths = [path for path in paths if path not in (*folders, *figures)]
        vectors = [path for path in paths if is_vector_file(path)]
        pictures = [path for path in paths if path not in vectors]
        if pictures:
            self._dispatcher.send(lambda app: app.faces.open_paths(pictures))
        self.vectors(vectors)

    def figure(self, path: Path) -> None:
        """Ask whether a figure of this program is brought for its settings, or as a picture."""
        from explorer.ui.faces.settings_from_figure import AdoptSettingsDialog

        question = AdoptSettingsDialog(path, self._dispatcher, self._window)
        question.photograph.connect(lambda: self._dispatcher.send(lambda app: app.faces.open_paths([path])))
        question.open()

    def vectors(self, paths: Sequence[Path]) -> None:
        """Open embeddings, as those of the encoders that they or the records beside them name."""
        if paths:
            self._dispatcher.send(lambda app: app.faces.open_vectors(paths))

    def _ask(self, unnamed: Sequence[UnnamedVector]) -> None:
        """Ask which encoder made the embeddings that do not say it; those that come while one is asked join them."""
        asked, self._question = self._question, None
        if asked is not None:
            asked.reject()
        if not unnamed:
            return
        question = self._question = VectorDialog(unnamed, self._dispatcher.session[ENCODER], self._window)
        question.chosen.connect(self._answered)
        question.rejected.connect(lambda: self._answered({}) if question is self._question else None)
        question.open()

    def _answered(self, named: Mapping[Path, str]) -> None:
        self._question = None
        self._dispatcher.send(lambda app: app.faces.name_vectors(named))

    def paste(self) -> None:
        """Open what the clipboard holds."""
        if not self.mime(QGuiApplication.clipboard().mimeData()):
            self._dispatcher.send(Workbench.notify, "info", "Nothing to paste", "copy an image or image files first")

    def mime(self, mime: QMimeData) -> bool:
        """Open dropped or pasted files or pixels; whether there was anything of use. Links are never fetched."""
        local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if local:
            self.paths(local)
            return True
        image = mime.imageData() if mime.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            data = imaging.encoded(image, "PNG")
            self._dispatcher.send(lambda app: app.faces.open_bytes(data))
            return True
        if mime.hasUrls():
            text = "save the image to a file and open that"
            self._dispatcher.send(Workbench.notify, "warning", "Links are not fetched", text)
            return True
        return False


def takes(mime: QMimeData) -> bool:
    """Whether something dragged over the window may be dropped on it."""
    return mime.hasUrls() or mime.hasImage()
