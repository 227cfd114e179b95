"""Training in the XGBoost image."""

from __future__ import annotations

import sys

from clary_programs import entry


def main() -> None:
    """Run the user's script, or the built-in algorithm where the job names no script, and end the process."""
    sys.exit(entry.train("xgboost"))
