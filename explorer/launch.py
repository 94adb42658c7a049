"""The one entry point: no argument opens the window, any argument is the command line."""

from __future__ import annotations

import sys

_INSTEAD = "the command line is there: likeness --help"


def main() -> int:
    """Open the window or run the command line; return the exit code."""
    # Each way imports only what it needs, so that both are quick to start.
    if len(sys.argv) > 1:
        from explorer.studio.app import cli

        return cli.main()
    from explorer.studio import places

    places.lend_matplotlib_a_folder()
    try:
        from explorer.ui.window import app

        return app.main()
    except Exception as error:
        line = _said(error)
        if line is None:
            raise
        print(f"likeness: {line}; {_INSTEAD}", file=sys.stderr)
        return 2


def _said(error: Exception) -> str | None:
    """One line for what keeps the window from opening and can be put right; None for a fault of ours."""
    from explorer.studio.errors import explain

    if isinstance(error, ImportError) and ".so" in str(error):
        return f"a system library that Qt needs is missing ({error}): install what `likeness doctor` lists as missing"
    return explain(error)


if __name__ == "__main__":
    sys.exit(main())
