"""Start Likeness from a working tree: the window without arguments, the command line with some."""

import sys

from explorer.launch import main

if __name__ == "__main__":
    sys.exit(main())
