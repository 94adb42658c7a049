"""Make a tour of screenshots: each panel of the real window on the real engine, dark and light, at 1x and 2x.

    python scripts/tour.py [out/tour] [--panels welcome,palette] [--scales 1,2] [--themes dark,light] [--steps 40]

Opens on a virtual display (Xvfb) where there is none. Qt reads its scale once, so each one is a process of its own.
Nothing is staged: samples are opened as a user opens them and inverted with few steps; a panel whose networks are
missing shows what it says then.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.studio.faces.state import EMBEDDINGS, FACES, SIMILARITY
from explorer.studio.inversion.state import RUN
from explorer.studio.people.state import PEOPLE_SHOWN
from explorer.studio.session.state import ACTIVITIES

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from explorer.ui.window.main_window import MainWindow

SIZE = (1440, 900)
PATIENCE = 900.0  # seconds for any one thing to happen
ROUNDS = 60  # of events, before a picture is taken
THEMES, SCALES = ("dark", "light"), (1, 2)


def main() -> None:
    """Make the tour, a process for each scale."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path, default=ROOT / "out" / "tour")
    options.add_argument("--panels", default="", help="names of stops, separated by commas; all if left out")
    options.add_argument("--scales", default=",".join(map(str, SCALES)))
    options.add_argument("--themes", default=",".join(THEMES))
    options.add_argument("--steps", type=int, default=40, help="of the inversion that is shown")
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.here:
        tour = Tour(chosen.folder, chosen.themes.split(","), chosen.panels.split(",") if chosen.panels else [])
        tour.make(chosen.steps)
        return
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for scale in map(int, chosen.scales.split(",")):
        in_one_scale(scale, [*sys.argv[1:], "--here"])


def in_one_scale(scale: int, arguments: list[str]) -> None:
    """Run this script again with Qt at a scale, on a virtual screen that is large enough where there is none."""
    environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
    command = [sys.executable, str(Path(__file__)), *arguments]
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        subprocess.run(command, env=environment, check=True)  # noqa: S603 - itself
        return
    from pyvirtualdisplay.display import Display

    size = ((SIZE[0] + 160) * scale, (SIZE[1] + 120) * scale)
    with Display(backend="xvfb", size=size, color_depth=24, manage_global_env=False) as screen:
        subprocess.run(command, env={**environment, **screen.env()}, check=True)  # noqa: S603 - itself


class Tour:
    """Visits the panels of one window; every stop is grabbed in every theme."""

    def __init__(self, folder: Path, themes: list[str], panels: list[str]) -> None:
        from PySide6.QtWidgets import QApplication

        from explorer.ui.base import theme
        from explorer.ui.window.app import open_window

        self.app = QApplication(sys.argv[:1])
        theme.install(self.app)
        theme.choose("dark")
        self._folder, self._themes, self._panels = folder, themes, panels
        self.window: MainWindow = open_window()
        self.window.resize(*SIZE)

    def make(self, steps: int) -> None:
        """Visit all stops."""
        self.wait(lambda: self.window.dispatcher.workbench, "the engine")
        self._rest(1.0)
        wanted = set(self._panels)
        for name, widget in self._stops(steps):
            if self._wants(name):
                self._grab(name, widget)
            wanted.discard(name)
            if self._panels and not wanted:
                break
        self.window.close()

    def _wants(self, stop: str) -> bool:
        return not self._panels or stop in self._panels

    def _stops(self, steps: int) -> Iterator[tuple[str, QWidget]]:
        """Go from stop to stop; what one does, the next ones build upon."""
        window = self.window
        yield "welcome", window
        window.palette_of_actions.open()
        window.palette_of_actions.field.setText("export")
        yield "palette", window
        window.palette_of_actions.dismiss()
        yield from self._dialogs()
        self._invert(steps)
        yield "inversion", window
        for layout in ("reading", "inversion", "3d", "leakage"):
            if not self._wants(f"layout-{layout}"):
                continue
            window.actions_by_name[f"layout_{layout}"].trigger()
            self._rest(3.0)
            yield f"layout-{layout}", window
        window.dispatcher.send(lambda app: app.gallery.choose(list(window.dispatcher.session[FACES])[:3]))
        for dock_id in window.docks:
            stop = f"panel-{dock_id.replace('_', '-')}"
            if not self._wants(stop):
                continue
            window.reset_layout()
            window.resize(*SIZE)
            window.bring(dock_id)
            self._rest(3.0)
            if dock_id == "people":
                # What a process of its own draws is no activity of the window.
                self.wait(lambda: window.dispatcher.session[PEOPLE_SHOWN].raster, "the first person")
            yield stop, window
        yield from self._composer()

    def _composer(self) -> Iterator[tuple[str, QWidget]]:
        from explorer.ui.composer.dialog import Composer
        from explorer.ui.composer.exporting import ExportService

        self.window.reset_layout()
        self.window.service(ExportService).compose()
        (composer,) = self.window.findChildren(Composer)
        self._rest(5.0)
        yield "composer", composer
        composer.close()

    def _dialogs(self) -> Iterator[tuple[str, QWidget]]:
        from explorer.ui.preferences.dialog import PreferencesDialog

        window = self.window
        window.actions_by_name["preferences"].trigger()
        (preferences,) = window.findChildren(PreferencesDialog)
        yield "preferences", preferences
        preferences.close()
        window.explain("inversion")
        assert window.help_dialog is not None
        yield "help", window.help_dialog
        window.help_dialog.close()
        window.dispatcher.report("info", "The figure is saved", "likeness-figure.png")
        window.dispatcher.report("warning", "No face was found", "place its five points by hand")
        yield "toasts", window

    def _invert(self, steps: int) -> None:
        from explorer.studio.faces.samples import SAMPLES
        from explorer.ui.faces.opening import OpenService
        from explorer.ui.faces.panel import FacesPanel

        window, session = self.window, self.window.dispatcher.session
        window.service(OpenService).paths([one.path for one in SAMPLES])
        self.wait(lambda: len(session[EMBEDDINGS]) == len(SAMPLES) and session[SIMILARITY], "the embeddings")
        key = next(face.key for face in session[FACES].values() if face.name == SAMPLES[1].file)
        window.panel(FacesPanel).list.choose(key)
        assert window.dispatcher.workbench is not None
        for name, value in (("steps", steps), ("starts", 4), ("contest", 0)):
            window.dispatcher.workbench.settings.change(name, value)
        window.actions_by_name["start"].trigger()
        self.wait(lambda: getattr(session[RUN], "result", None), "the result")
        self._rest(1.0)

    def _grab(self, name: str, widget: QWidget) -> None:
        from explorer.ui.base import theme

        for choice in self._themes:
            theme.choose("light" if choice == "light" else "dark")
            self._rest(0.6)
            path = self._folder / f"{name}-{choice}-{round(widget.devicePixelRatioF())}x.png"
            widget.grab().save(str(path))
            print(path, flush=True)
        theme.choose("dark")

    def _rest(self, seconds: float) -> None:
        """Let the window come to rest: at least so long and so many rounds of events, and until nothing is under way.

        On a busy machine the restyling of a theme alone can take the time, and what it asked for is still to come.
        """
        end, rounds = time.monotonic() + seconds, count()

        def rested() -> bool:
            return next(rounds) > ROUNDS and time.monotonic() > end and not self.window.dispatcher.session[ACTIVITIES]

        self.wait(rested, "rest")

    def wait(self, true: Callable[[], object], what: str) -> None:
        """Let the window live until something is true.

        Raises:
            SystemExit: it took too long.
        """
        end = time.monotonic() + PATIENCE
        while not true():
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                self.window.close()
                raise SystemExit(f"{what} did not come")


if __name__ == "__main__":
    main()
