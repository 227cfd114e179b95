"""The toolkit's log, in the lines that AWS's toolkit writes. Knows no log service: it writes to stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence

FORMAT = "%(asctime)s %(name)-12s %(levelname)-8s %(message)s"
logger = logging.getLogger("sagemaker-training-toolkit")


def configure(level: int, form: str = FORMAT) -> None:
    """Log at `level`; AWS's client libraries stay at INFO and WARN as the toolkit sets them."""
    logging.basicConfig(format=form, level=level, stream=sys.stderr)
    if level >= logging.INFO:
        logging.getLogger("boto3").setLevel(logging.INFO)
        logging.getLogger("s3transfer").setLevel(logging.INFO)
        logging.getLogger("botocore").setLevel(logging.WARNING)


def invocation(
    command: Sequence[str],
    document: Mapping[str, object],
    variables: Mapping[str, str],
    to: logging.Logger = logger,
) -> None:
    """Log the command that is about to run, with its whole environment."""
    to.info(
        "Invoking user script\n\nTraining Env:\n\n%s\n\nEnvironment variables:\n\n%s\n\n"
        "Invoking script with the following command:\n\n%s\n\n",
        json.dumps(document, indent=4),
        "\n".join(f"{name}={value}" for name, value in variables.items()),
        " ".join(command),
    )
