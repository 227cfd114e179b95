"""The toolkit's log."""

from __future__ import annotations

import logging


def get_logger() -> logging.Logger:
    """Return the toolkit's log, `sagemaker-inference`."""
    return logging.getLogger("sagemaker-inference")


def configure_logger() -> None:
    """Let all logs write to standard error, from INFO on."""
    logging.basicConfig(level=logging.INFO)
