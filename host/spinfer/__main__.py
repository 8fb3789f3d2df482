"""`python -m spinfer` is the `spinfer` command."""

import sys

from spinfer.cli import main

sys.exit(main())
