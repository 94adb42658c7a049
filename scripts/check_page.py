"""Check a page of HTML for accessibility: axe-core, run in Chromium, in light and dark; every violation fails.

    python -m scripts.check_page PAGE.html [--axe axe.min.js] [--pictures DIR]

Chromium is Debian's (`apt-get install chromium`); axe-core is npm's (`npm pack axe-core`, of whose archive `package/
axe.min.js` is given). No browser is downloaded, and the page is opened without a network. With --pictures the page is
also photographed, 360 and 1600 px wide, in light and dark, at single and double density.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_SCHEMES = {"light": 1, "dark": 0}
_WIDTHS = (360, 1600)
_RESULT = re.compile(r'<pre id="axe-result">(.*?)</pre>', re.DOTALL)
_RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(
  found => found.violations.map(one => ({rule: one.id, help: one.help, where: one.nodes.map(node => node.html)})),
  error => [{rule: "axe", help: String(error), where: []}],
).then(said => {
  const place = document.createElement("pre");
  place.id = "axe-result";
  place.textContent = JSON.stringify(said);
  document.body.append(place);
});
"""


def browser() -> str:
    """The command that starts Chromium.

    Raises:
        SystemExit: there is none.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        raise SystemExit("check_page: there is no chromium here: apt-get install chromium")
    return found


def started(*options: str, scheme: str) -> str:
    """Run Chromium without a window or a network; what it printed."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            *(browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files", f"--user-data-dir={profile}"),
            f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}",
            *options,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout  # noqa: S603


def violations(page: Path, axe: str, scheme: str) -> list[dict[str, Any]]:
    """What axe finds wrong with a page.

    Raises:
        SystemExit: it did not come to its end.
    """
    text = page.read_text(encoding="utf-8")
    before, end, after = text.rpartition("</body>")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "page.html"
        place.write_text(f"{before}<script>{axe}</script><script>{_RUN}</script>{end}{after}", encoding="utf-8")
        printed = started(
            "--window-size=1600,1000", "--virtual-time-budget=30000", "--dump-dom", place.as_uri(), scheme=scheme
        )
    said = _RESULT.search(printed)
    if said is None:
        raise SystemExit(f"check_page: axe did not come to its end in {scheme}")
    found: list[dict[str, Any]] = json.loads(html.unescape(said.group(1)))
    return found


def photograph(page: Path, folder: Path) -> list[Path]:
    """Pictures of a page by width, scheme and density."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for scheme in _SCHEMES:
        for width in _WIDTHS:
            with tempfile.TemporaryDirectory() as inner:
                # A window is never as narrow as a telephone: a frame is.
                frame = Path(inner) / "frame.html"
                about = f'width="{width}" height="2400" style="border:0"'
                frame.write_text(f'<body style="margin:0"><iframe src="{page.resolve().as_uri()}" {about}></iframe>')
                for density in (1, 2):
                    picture = folder / f"{page.stem}-{width}-{scheme}-{density}x.png"
                    size = f"--window-size={max(width, 500)},2400"
                    scale = f"--force-device-scale-factor={density}"
                    started(size, scale, f"--screenshot={picture.resolve()}", frame.as_uri(), scheme=scheme)
                    taken.append(picture)
    return taken


def main() -> None:
    """Check a page, and photograph it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--axe", type=Path, help="axe.min.js of npm's axe-core")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the page")
    given = parser.parse_args()
    wrong = 0
    if given.axe is not None:
        axe = given.axe.read_text(encoding="utf-8").replace("</script", "<\\/script")
        for scheme in _SCHEMES:
            found = violations(given.page, axe, scheme)
            wrong += len(found)
            for one in found:
                print(f"{scheme}: {one['rule']}: {one['help']}")
                for where in one["where"][:3]:
                    print(f"    {where[:160]}")
            print(f"{scheme}: {len(found)} violations")
    if given.pictures is not None:
        for picture in photograph(given.page, given.pictures):
            print(picture)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
