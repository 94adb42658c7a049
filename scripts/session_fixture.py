"""Write tests/data/session-VERSION.likeness, of the newest version of the session's format, from synthetic pictures.

Run once for each new version; the files of older versions stay as they are, so that the suite can read them for ever.

    python scripts/session_fixture.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the file, unless it is there."""
    from explorer.studio.session.saving.archive import write_session
    from explorer.studio.session.saving.document import VERSION
    from tests.studio.session.session_kit import full_session

    path = ROOT / "tests" / "data" / f"session-{VERSION}.likeness"
    if path.exists():
        raise SystemExit(f"{path.name} is there: a file of a version that was in use must not change")
    path.parent.mkdir(exist_ok=True)
    print(write_session(path, full_session()))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
