"""`python -m explorer` is `likeness`."""

from __future__ import annotations

import sys

from explorer.launch import main

if __name__ == "__main__":
    sys.exit(main())
