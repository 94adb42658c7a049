"""The one entry point: no argument opens the window, any argument is the command line."""

from __future__ import annotations

import os
import sys

from explorer.studio.allocator import keep_freed_memory

# GNU's and LLVM's OpenMP read it once, when torch brings them in.
WAIT_POLICY = "OMP_WAIT_POLICY"
# How often GNU's looks whether there is work before it sleeps, about a tenth of a millisecond in all: between two small
# operations that saves the waking, a twentieth to a tenth of a step, and costs another process next to nothing.
_SPINS = ("GOMP_SPINCOUNT", "2000")
_INSTEAD = "the command line is there: likeness --help"


def main() -> int:
    """Open the window or run the command line; return the exit code."""
    let_idle_threads_sleep()
    # Before the first thread: what an earlier thread has taken from the C library would be outside of it.
    keep_freed_memory()
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


def let_idle_threads_sleep() -> None:
    """Have threads that wait for the next operation soon sleep, not spin, in this process and those that it starts.

    Beside one other busy process a spinning thread takes from the working one the core that it waits for: a run took
    two and a half times as long, and with sleeping threads half again as long. Nothing changes where the user has set
    the variable, or where torch is loaded already.

    Example:
        >>> import os
        >>> from explorer.launch import WAIT_POLICY, let_idle_threads_sleep
        >>> let_idle_threads_sleep()
        >>> WAIT_POLICY in os.environ
        True
    """
    if WAIT_POLICY not in os.environ:
        os.environ[WAIT_POLICY] = "PASSIVE"
        os.environ.setdefault(*_SPINS)


def _said(error: Exception) -> str | None:
    """One line for what keeps the window from opening and can be put right; None for a fault of ours."""
    from explorer.studio.errors import explain

    if isinstance(error, ImportError) and ".so" in str(error):
        return f"a system library that Qt needs is missing ({error}): install what `likeness doctor` lists as missing"
    return explain(error)


if __name__ == "__main__":
    sys.exit(main())
