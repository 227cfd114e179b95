"""Serving in the PyTorch image."""

from __future__ import annotations

import sys

from clary_programs import entry


def main() -> None:
    """Serve the model under `/opt/ml/model` until SIGTERM, as the image does, then end the process."""
    sys.exit(entry.serve("pytorch"))
