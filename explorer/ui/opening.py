"""Ways into the session: the file dialog, the clipboard, a drop, a sample, a bare embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from explorer.studio.samples import SAMPLES
from explorer.studio.workbench import Workbench
from explorer.ui import registries
from explorer.ui.desk import Desk
from explorer.ui.widgets.vector_dialog import FILTER, SUFFIXES, VectorDialog

PICTURES = "Photographs (*.jpg *.jpeg *.png *.webp *.tif *.tiff *.bmp)"


class Opening(QObject):
    """Turns what the user brings into intentions."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window

    def dialog(self) -> None:
        """Ask for photographs."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, "Open photographs", "", f"{PICTURES};;{FILTER};;All files (*)"
        )
        self.paths([Path(name) for name in chosen])

    def vector_dialog(self) -> None:
        """Ask for a bare embedding."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open an embedding", "", f"{FILTER};;All files (*)")
        if chosen:
            self.vector(Path(chosen))

    def paths(self, paths: Sequence[Path]) -> None:
        """Open files; for an embedding, ask which encoder made it."""
        vectors = [path for path in paths if path.suffix.lower() in SUFFIXES]
        pictures = [path for path in paths if path not in vectors]
        if pictures:
            self._desk.ask(Workbench.open_paths, pictures)
        for path in vectors:
            self.vector(path)

    def vector(self, path: Path) -> None:
        """Ask which encoder made an embedding, and open it."""
        encoder = self._desk.session.encoder
        known = [(encoder, encoder)]
        if self._desk.workbench is not None:
            known = [(spec.id, spec.title) for spec in registries.encoders()]
        dialog = VectorDialog(path, known, encoder, self._window)
        dialog.chosen.connect(lambda encoder: self._desk.ask(Workbench.open_vector, path, encoder))
        dialog.open()

    def paste(self) -> None:
        """Open what the clipboard holds."""
        if not self.mime(QGuiApplication.clipboard().mimeData()):
            self._desk.ask(Workbench.notify, "info", "Nothing to paste", "copy an image or image files first")

    def mime(self, mime: QMimeData) -> bool:
        """Open dropped or pasted files or pixels; whether there was anything of use. Links are never fetched."""
        local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if local:
            self.paths(local)
            return True
        image = mime.imageData() if mime.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            self._desk.ask(Workbench.open_bytes, _png(image))
            return True
        if mime.hasUrls():
            text = "save the image to a file and open that"
            self._desk.ask(Workbench.notify, "warning", "Links are not fetched", text)
            return True
        return False

    def fill_samples(self, menu: QMenu) -> None:
        """List the faces that ship with the program."""
        menu.clear()
        menu.setToolTipsVisible(True)
        for sample in SAMPLES:
            action = menu.addAction(sample.title, lambda path=sample.path: self.paths([path]))
            action.setToolTip(sample.licence)


def takes(mime: QMimeData) -> bool:
    """Whether something dragged over the window may be dropped on it."""
    return mime.hasUrls() or mime.hasImage()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())
