"""Take the README's picture: the real window on the real engine, an inversion of a sample face well under way.

    python scripts/screenshot.py [resources/screenshot.png]

Opens on a virtual display (Xvfb) where there is none. Nothing in it is staged: the samples are opened as a user opens
them, Start is pressed, and the window is grabbed at a step where the likeness shows.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from explorer.studio.faces.state import EMBEDDINGS, FACES, SIMILARITY
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import NOTIFICATIONS

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1440, 900)
PATIENCE = 900.0  # seconds for any one thing to happen


def main() -> None:
    """Take the picture."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("path", nargs="?", type=Path, default=ROOT / "resources" / "screenshot.png")
    options.add_argument("--step", type=int, default=60, help="the step at which the window is grabbed")
    options.add_argument("--sample", default="astronaut.png", help="the sample face that is inverted")
    options.add_argument("--finished", action="store_true", help="wait for the result and its scores")
    chosen = options.parse_args()
    with _display():
        take(chosen.path, chosen.sample, None if chosen.finished else chosen.step)


def take(path: Path, sample: str, step: int | None) -> None:
    """Open the window, invert a sample and save what is on screen at a step, or at the end for None."""
    from PySide6.QtWidgets import QApplication

    from explorer.studio.faces.samples import SAMPLES
    from explorer.ui.base import theme
    from explorer.ui.faces.opening import OpenService
    from explorer.ui.faces.panel import FacesPanel
    from explorer.ui.window.app import open_window

    app = QApplication([sys.argv[0]])
    theme.install(app)
    theme.choose("dark")
    window = open_window()
    window.resize(*SIZE)
    session = window.dispatcher.session

    def wait(true: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            app.processEvents()
            time.sleep(0.005)
            errors = [one for one in session[NOTIFICATIONS] if one.level == "error"]
            if errors or time.monotonic() > end:
                window.close()
                raise SystemExit(f"{what} did not come: {errors[-1].text if errors else 'it took too long'}")

    wait(lambda: window.dispatcher.workbench, "the engine")
    window.service(OpenService).paths([one.path for one in SAMPLES])
    wait(lambda: len(session[EMBEDDINGS]) == len(SAMPLES) and session[SIMILARITY], "the embeddings")
    key = next(face.key for face in session[FACES].values() if face.name == sample)
    window.panel(FacesPanel).list.choose(key)
    window.actions_by_name["start"].trigger()
    if step is None:
        wait(lambda: getattr(session[RUN], "result", None), "the result")
    else:
        wait(lambda: len(getattr(session[RUN], "steps", ())) > step, f"step {step}")
    settled = time.monotonic() + 1.0
    wait(lambda: time.monotonic() > settled, "rest")
    window.grab().save(str(path))
    window.close()
    print(path)


def _display() -> AbstractContextManager[object]:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return nullcontext()
    from pyvirtualdisplay.display import Display

    return Display(backend="xvfb", size=(SIZE[0] + 160, SIZE[1] + 100), color_depth=24)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
