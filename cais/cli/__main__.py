"""`python -m cais.cli`, the same as `cais`."""

import sys

from cais.cli import main

sys.exit(main())
