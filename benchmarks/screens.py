"""Whether the window fits a small screen, and how every layout and panel of it looks.

    python -m benchmarks.screens [--pictures FOLDER] [--sizes 960x540 1280x720] [--themes dark light] [--text 100 150]

Opens the real window (on a virtual display where there is none) on canned answers, with photographs, two ticked runs, a
gallery and a comparison in it. Prints the least size of every layout, alone and with each panel brought into it, and of
the dialogs, and what flashed up as a window of its own on the way. With `--pictures` it draws each of them into a
folder, at every size and in both themes; `QT_SCALE_FACTOR=2` before it draws them as a finer screen does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

if TYPE_CHECKING:
    from explorer.studio.app.workbench import Workbench
    from explorer.studio.engine.fake import FakeEngine
    from explorer.studio.engine.protocol import Control, Handler
    from explorer.studio.engine.reports import Report
    from explorer.studio.engine.requests import Request
    from explorer.ui.window.main_window import MainWindow

WIDEST, HIGHEST = 960, 520  # pixels that a 1080p screen at 200 % leaves to a window
SIZES = ("960x540", "1280x720", "1440x900")
TEXTS = (100, 150)  # percent
STEPS = 60  # of the runs in the pictures
REST = 0.3  # seconds until what is throttled has been drawn


@dataclass(frozen=True)
class Least:
    """How small a window can be made, in logical pixels, in a state that is named."""

    state: str
    width: int
    height: int

    @property
    def fits(self) -> bool:
        """Whether it fits the small screen."""
        return self.width <= WIDEST and self.height <= HIGHEST


class Ghosts(QObject):
    """Notes every widget that is shown as a window of its own beside the main window, by class and name."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._app = app
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Look at widgets that come into view."""
        shown = watched if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) else None
        if shown is not None and shown.isWindow() and not isinstance(shown, QMainWindow):
            self.seen.append(f"{type(shown).__name__} {shown.objectName()!r}")
        return False

    def finish(self) -> list[str]:
        """Look no longer; return what was seen."""
        self._app.removeEventFilter(self)
        return self.seen


def states(window: MainWindow, settle: Callable[[], object], everything: bool = True) -> Iterator[str]:
    """Lay a window out in every way there is, one after another: each layout, and each dock brought into it.

    Args:
        settle: lets the window do what it has to.
        everything: whether docks are brought into each layout, and at last all of them; else each into the first.
    """
    from explorer.ui.window.layouts import SHIPPED

    def lay(name: str) -> None:
        window.actions_by_name["reset_layout" if name == "At first" else f"layout_{name.lower()}"].trigger()
        settle()

    for name in ("At first", *SHIPPED):
        lay(name)
        yield name
        if name != "At first" and not everything:
            continue
        shown = [dock_id for dock_id in window.docks if window.in_view(dock_id)]
        for dock_id in window.docks:
            if dock_id not in shown:
                lay(name)
                window.bring(dock_id)
                settle()
                yield f"{name}, {dock_id}"
        if everything:
            lay(name)
            for dock_id in window.docks:
                window.bring(dock_id)
            settle()
            yield f"{name}, everything"


def least(window: QMainWindow, state: str) -> Least:
    """Return how small a window can be made as it is laid out now."""
    layout = window.layout()
    assert layout is not None
    layout.activate()
    size = layout.totalMinimumSize()
    return Least(state, size.width(), size.height())


def dialogs(window: MainWindow) -> Iterator[tuple[str, QDialog]]:
    """Open the dialogs one after another, each alone; the selected face must lie in a photograph."""
    for name in ("preferences", "compose", "edit_points", "own_parts", "help_here", "responsible", "about"):
        window.actions_by_name[name].trigger()
        QApplication.processEvents()
        new = [one for one in window.findChildren(QDialog) if one.isVisible()]
        for dialog in new:
            yield name, dialog
            dialog.close()
            QApplication.processEvents()


def fill(window: MainWindow, bench: Workbench, engine: FakeEngine, folder: Path, settle: Callable[[], object]) -> None:
    """Put photographs, two ticked runs, a gallery, a comparison, readouts, a variation and a batch into a session.

    Args:
        folder: an empty one for pictures that are made up.
    """
    from explorer.studio.faces.samples import SAMPLES
    from explorer.studio.gallery.browsing import BROWSING
    from explorer.studio.inversion.state import all_runs
    from tests.studio.gallery.gallery_kit import folder_of_people

    session = window.dispatcher.session
    bench.faces.open_paths([sample.path for sample in SAMPLES[:2]])
    settle()
    bench.settings.change("steps", STEPS)
    for _ in range(2):
        bench.inversion.start()
        settle()
    for key in all_runs(session):
        bench.runs.compare(key, True)
    bench.gallery.add_folders([folder_of_people(folder / "people")])
    settle()
    bench.gallery.choose(session[BROWSING].listing.keys[:4])
    settle()
    window.actions_by_name["gallery_compare"].trigger()
    bench.variation.start(4)
    settle()
    window.actions_by_name["methods_start"].trigger()
    settle()


def open_canned(fit: bool = False) -> tuple[MainWindow, Workbench, FakeEngine]:
    """Open the window on canned answers, as the tests do.

    Args:
        fit: whether 3D faces are fitted in earnest, which takes some seconds; else none fits.
    """
    from explorer.science.inversion.terms import default_weights
    from explorer.studio.app.features import new_session
    from explorer.studio.app.workbench import Workbench
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.composer.handlers import ComposeHandlers
    from explorer.studio.engine.device import Device
    from explorer.studio.engine.fake import FakeEngine
    from explorer.ui.session.service import SessionFileService
    from explorer.ui.window.main_window import MainWindow
    from tests.ui.canned import HANDLERS
    from tests.ui.canned_probes import PROBE_HANDLERS

    composing = ComposeHandlers(Device(lambda loading: Networks("cpu", loading))).table()
    engine = FakeEngine({**HANDLERS, **composing, **PROBE_HANDLERS, **(_fitted() if fit else _unfitted())})
    session = new_session()
    window = MainWindow(session)
    window.service(SessionFileService).ask = lambda keeping: "discard"
    window.show()
    QApplication.processEvents()
    bench = Workbench(engine, session, default_weights())
    window.complete()
    window.attach(bench)
    return window, bench, engine


def _fitted() -> Mapping[type[Request], Handler]:
    from explorer.science.geometry.refinement import RefinementSettings
    from explorer.studio.geometry.fitting import load_morphable_model
    from explorer.studio.geometry.handlers import ViewHandlers
    from tests.studio.geometry.viewing_kit import landmarks_of

    model = load_morphable_model()
    return ViewHandlers(lambda frame: landmarks_of(model, len(frame)), RefinementSettings(steps=2)).table()


def _unfitted() -> Mapping[type[Request], Handler]:
    from explorer.science.faces.face import FaceError
    from explorer.studio.engine.reports import Progress
    from explorer.studio.geometry.requests import FitFrame

    def refuse(request: FitFrame, control: Control) -> Generator[Report, None, None]:
        yield Progress("fitting")
        raise FaceError("no landmarks were found")

    return {FitFrame: refuse}


# What is measured.


def measure(texts: Sequence[int] = TEXTS) -> tuple[list[Least], list[str]]:
    """Return the least size of every state of the window and of every dialog, and what flashed up as its own window.

    Args:
        texts: sizes of the text in percent.
    """
    from explorer.ui.preferences.service import PreferencesService

    app = _application()
    sizes: list[Least] = []
    ghosts: list[str] = []
    for text in texts:
        watch = Ghosts(app)
        window, bench, engine = open_canned()
        settle = _settling(app, engine)
        window.service(PreferencesService).set("text_size", text)
        with tempfile.TemporaryDirectory() as folder:
            sizes += [least(window, f"{text} %, empty, {state}") for state in states(window, settle)]
            fill(window, bench, engine, Path(folder), settle)
            sizes += [least(window, f"{text} %, filled, {state}") for state in states(window, settle)]
        ghosts += watch.finish()
        for name, dialog in dialogs(window):
            size = dialog.minimumSizeHint().expandedTo(dialog.minimumSize())
            sizes.append(Least(f"{text} %, dialog {name}", size.width(), size.height()))
        window.close()
        window.deleteLater()
        settle()
    return sizes, ghosts


def counts() -> dict[str, int]:
    """Measure in a process of its own; return the headlines of `hands.json` that are about the window's size."""
    with display():
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks.screens", "--json"], stdout=subprocess.PIPE, text=True, check=True
        )
    found: dict[str, int] = json.loads(child.stdout.splitlines()[-1])
    return found


def _counted(sizes: Sequence[Least], ghosts: Sequence[str]) -> dict[str, int]:
    return {
        "layouts_too_wide_960": sum(one.width > WIDEST for one in sizes),
        "layouts_too_high_520": sum(one.height > HIGHEST for one in sizes),
        "ghost_windows": len(ghosts),
    }


# What is drawn.


def draw(folder: Path, sizes: Sequence[QSize], themes: Sequence[str], text: int) -> int:
    """Write a picture of every layout, panel and dialog, empty and filled; return how many were written.

    Args:
        text: size of the text in percent.
    """
    from explorer.ui.preferences.service import PreferencesService

    app, written = _application(), 0
    window, bench, engine = open_canned(fit=True)
    settle = _settling(app, engine, REST)
    preferences = window.service(PreferencesService)
    preferences.set("text_size", text)
    for filled in (False, True):
        if filled:
            with tempfile.TemporaryDirectory() as made:
                fill(window, bench, engine, Path(made), settle)
        for theme in themes:
            preferences.set("theme", theme)
            for size in sizes:
                place = folder / f"{size.width()}x{size.height()}-{theme}-{text}{'' if filled else '-empty'}"
                place.mkdir(parents=True, exist_ok=True)
                window.resize(size)
                for state in states(window, settle, everything=False):
                    window.grab().save(str(place / f"{state.lower().replace(', ', '-').replace(' ', '_')}.png"))
                    written += 1
                for name, dialog in dialogs(window) if filled else ():
                    settle()
                    dialog.grab().save(str(place / f"dialog-{name}.png"))
                    written += 1
    window.close()
    return written


# What both stand on.


def display() -> AbstractContextManager[object]:
    """A virtual display where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return nullcontext()
    from pyvirtualdisplay.display import Display

    return Display(backend="xvfb", size=(2000, 1200))


def _application() -> QApplication:
    from explorer.ui.base import theme

    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    app = QApplication(sys.argv[:1])
    theme.install(app)
    return app


def _settling(app: QApplication, engine: FakeEngine, seconds: float = 0.0) -> Callable[[], None]:
    """What lets the engine answer, and the window draw it; what is throttled takes some time."""

    def settle() -> None:
        until = time.monotonic() + seconds
        while True:
            while engine.run():
                app.processEvents()
            app.processEvents()
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if time.monotonic() >= until:
                return

    return settle


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print, and draw if asked to; return the exit code: 1 where something does not fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw every layout, panel and dialog into it")
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="WIDTHxHEIGHT")
    parser.add_argument("--themes", nargs="+", default=("dark", "light"), choices=("dark", "light"))
    parser.add_argument("--text", nargs="+", type=int, default=TEXTS, metavar="PERCENT")
    parser.add_argument("--json", action="store_true", help="print the counts alone, on one line")
    chosen = parser.parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "xcb"  # a desktop's own Wayland would place windows differently
    with display():
        if chosen.pictures is not None:
            sizes = [QSize(*map(int, size.split("x"))) for size in chosen.sizes]
            written = sum(draw(chosen.pictures, sizes, chosen.themes, text) for text in chosen.text)
            print(f"{written} pictures in {chosen.pictures}")
            return 0
        found, ghosts = measure(chosen.text)
    counted = _counted(found, ghosts)
    if chosen.json:
        print(json.dumps(counted))
        return 0
    for one in sorted(found, key=lambda one: (one.fits, -one.width)):
        print(f"{one.width:5} x {one.height:4}  {'' if one.fits else 'too large: '}{one.state}")
    for ghost in ghosts:
        print(f"flashed up: {ghost}")
    for figure, value in counted.items():
        print(f"{figure}  {value}")
    return int(any(counted.values()))


if __name__ == "__main__":
    sys.exit(main())
