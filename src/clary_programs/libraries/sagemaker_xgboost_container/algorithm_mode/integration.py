"""The log of the built-in algorithm."""

from __future__ import annotations

import logging
import sys

FORMAT = "[%(asctime)s:%(levelname)s] %(message)s"
DATES = "%Y-%m-%d:%H:%M:%S"


def setup_main_logger(name: str) -> logging.Logger:
    """Return the log of a module; from now on all logs write INFO and above to standard output in the container's form."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    if not any(getattr(handler, "name", None) == __name__ for handler in root.handlers):
        handler = logging.StreamHandler(sys.stdout)
        handler.name = __name__
        handler.setFormatter(logging.Formatter(FORMAT, DATES))
        root.addHandler(handler)
    return logging.getLogger(name)
