"""Build the documentation site, and follow its links: `make docs`.

    python -m scripts.docs_build

MkDocs is strict here: a page that nothing leads to, a link without an end and a name that is not there are failures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from scripts import docs_links
from scripts.docs_links import SITE

ROOT = SITE.parents[1]


def build() -> str:
    """Build `build/site` anew; return what MkDocs says of it.

    Raises:
        SystemExit: something is wrong with a page.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--clean", "--config-file", str(ROOT / "mkdocs.yml")]
    # An advertisement of MkDocs' successors, else in the midst of what is said.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return answer.stderr


def main() -> None:
    """Build, then check."""
    begun = time.monotonic()
    build()
    print(f"{SITE.relative_to(ROOT)}: built in {time.monotonic() - begun:.0f} s")
    docs_links.main()


if __name__ == "__main__":
    main()
