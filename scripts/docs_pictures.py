"""Make the documentation's pictures anew: stops of `scripts/tour.py`, in the dark theme, into docs/images.

    python -m scripts.docs_pictures [--tour FOLDER]

A whole tour takes some minutes on an idle machine. --tour takes its pictures from one that was made already
(python scripts/tour.py FOLDER --scales 1 --themes dark).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
# Pictures by the names of the tour's stops.
STOPS = {
    "welcome": "welcome",
    "inversion": "inversion",
    "layout-3d": "3d-face",
    "panel-probe": "probe",
    "panel-compare": "compare",
    "panel-map": "map",
    "panel-laboratory": "laboratory",
    "panel-people": "people",
    "composer": "composer",
}


def take(tour: Path) -> None:
    """Write the pictures from a tour's, so small that a page is quickly there and letters are still sharp.

    Raises:
        FileNotFoundError: the tour did not come to one of the stops.
    """
    IMAGES.mkdir(parents=True, exist_ok=True)
    for stop, name in STOPS.items():
        with Image.open(tour / f"{stop}-dark-1x.png") as picture:
            picture.convert("RGB").save(IMAGES / f"{name}.webp", quality=90, method=6)


def main() -> None:
    """Go on the tour, unless there was one."""
    parser = argparse.ArgumentParser(description="Make the documentation's pictures anew.")
    parser.add_argument("--tour", type=Path, help="a folder that scripts/tour.py has filled")
    tour = parser.parse_args().tour
    if tour is not None:
        take(tour)
        return
    with TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "scripts" / "tour.py"), folder, "--scales", "1", "--themes", "dark"]
        subprocess.run([*command, "--panels", ",".join(STOPS)], check=True)  # noqa: S603 - of this repository
        take(Path(folder))


if __name__ == "__main__":
    main()
