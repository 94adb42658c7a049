"""The workbench as a tool for all day: its benchmarks, one after the other, in one file of results.

    python -m benchmarks.workbench [kills hostile gallery soak actions reproduce ...]

Each part runs in a process of its own. Parts that are not named keep the figures they had.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.common import RESULTS, write_results
from explorer.studio.app.features import new_session

Measured = tuple[dict[str, float], dict[str, Any]]
WRITTEN_ANEW = {"machine", "versions", "commit", "headline"}
KILLS, SOAK_MINUTES = 100, 60.0


def kills() -> Measured:
    """Programs killed while they work and save: `kills`, `sessions_lost`, `seconds_lost_max`."""
    from benchmarks.workbench_kills import measure

    headline, details = measure(KILLS)
    return headline, {"killed_at_random": details}


def hostile() -> Measured:
    """Files that carry code or worse: `hostile_files`, `hostile_executed`."""
    from benchmarks.hostile import measure

    headline, outcomes = measure()
    said = {one.name: "executed" if one.ran else one.fault or one.line or "opened, nothing ran" for one in outcomes}
    return headline, {"hostile": said}


def gallery() -> Measured:
    """Ten thousand faces: `gallery_fps`, `gallery_memory_mb`, `search_ms`."""
    from benchmarks.gallery import measure

    headline, details = measure()
    return headline, {"gallery": details}


def soak() -> Measured:
    """An hour's use: `soak_memory_growth_percent`, `soak_leaks`."""
    from benchmarks.soak import measure

    headline, details = measure(SOAK_MINUTES)
    return headline, {"soak": details}


def actions() -> Measured:
    """What only a mouse reaches: `actions`, `actions_without_shortcut_or_palette`."""
    from PySide6.QtWidgets import QApplication

    from benchmarks.actions import measure
    from benchmarks.responsiveness import display
    from explorer.ui.base import theme
    from explorer.ui.window.main_window import MainWindow

    with display():
        app = QApplication(sys.argv[:1])
        theme.install(app)
        window = MainWindow(new_session())
        window.show()
        app.processEvents()
        counted = measure(window)
        window.close()
    return {name: float(count) for name, count in counted.items()}, {}


def reproduce() -> Measured:
    """A run made again from its figure: `reproduced_latent_error_max`."""
    from benchmarks.reproduce import reproduced_latent_error_max

    return {"reproduced_latent_error_max": reproduced_latent_error_max()}, {}


PARTS: dict[str, Callable[[], Measured]] = {
    "kills": kills,
    "hostile": hostile,
    "gallery": gallery,
    "soak": soak,
    "actions": actions,
    "reproduce": reproduce,
}


def merge(headline: dict[str, float], **details: Any) -> None:
    """Write figures into the workbench's results beside those of its other parts."""
    path = RESULTS / "workbench.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    others = {name: value for name, value in before.items() if name not in WRITTEN_ANEW}
    write_results("workbench", {**before.get("headline", {}), **headline}, **{**others, **details})


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    chosen = parser.parse_args().parts or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    if len(chosen) == 1:
        headline, details = PARTS[chosen[0]]()
        merge(headline, **details)
        return
    for name in chosen:
        print(f"{name}…", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.workbench", name], check=True)


if __name__ == "__main__":
    main()
