"""`python -m pip` in a job."""

import sys

from clary_programs.toolkit.pip_layer import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
