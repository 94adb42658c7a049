"""The one entry point: no argument opens the window, any argument is the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Open the window or run the command line; return the exit code."""
    # Each way imports only what it needs, so that both are quick to start.
    if len(sys.argv) > 1:
        from explorer.studio.app import cli

        return cli.main()
    try:
        from explorer.ui.window import app
    except ModuleNotFoundError as error:
        from explorer.studio.errors import explain

        line = explain(error)
        if line is None:
            raise
        print(f"likeness: {line}; the command line is there: likeness --help", file=sys.stderr)
        return 2
    return app.main()


if __name__ == "__main__":
    sys.exit(main())
