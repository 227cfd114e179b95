"""The entry: choose the analysis, leave the exit message, and answer with the exit code."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from . import data_quality, merge, model_quality, reports, scripts
from .environment import Settings, base_dir, from_environment
from .errors import AnalysisError

ANALYSES = {
    "DATA_QUALITY": data_quality.run,
    "MODEL_QUALITY": model_quality.run,
    "GROUND_TRUTH_MERGE": merge.run,
}

# What AWS's analyser exits with when it gives up.
FAILED = 255


def main(environ: Mapping[str, str]) -> int:
    """Run the job which the environment describes; 0 also with violations, 255 with the reason in the message."""
    message = base_dir(environ) / "output" / "message"
    try:
        settings = from_environment(environ)
        words = ANALYSES[settings.analysis_type](settings)
        _postprocess(settings)
    except AnalysisError as error:
        return _failed(message, f"Error: {error}")
    except Exception as error:
        # The traceback goes to the log; the owner of the job needs a message as well.
        sys.excepthook(type(error), error, error.__traceback__)
        return _failed(message, f"Error: {type(error).__name__}: {error}")
    reports.write_message(settings.message_path, words)
    print(words, flush=True)
    return 0


def _postprocess(settings: Settings) -> None:
    if settings.postprocessor:
        scripts.postprocess(settings.postprocessor)


def _failed(message: Path, words: str) -> int:
    print(words, file=sys.stderr, flush=True)
    reports.write_message(message, words)
    return FAILED


if __name__ == "__main__":
    sys.exit(main(os.environ))
