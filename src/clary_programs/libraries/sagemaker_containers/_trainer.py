"""The whole of a training job, as the images' entry point runs it."""

from __future__ import annotations

import sys

from clary_programs.toolkit.train import main


def train() -> None:
    """Train as the job's files say, leave `success` or `failure`, and end the process."""
    sys.exit(main())
