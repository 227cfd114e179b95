"""What the built-in images run: `python -m clary_programs.entry FRAMEWORK train|serve`.

Decides which program that is, and imports no other. Knows no platform.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from clary_programs.contract.hyperparameters import read_raw
from clary_programs.contract.outcome import write_failure
from clary_programs.contract.paths import Paths

USAGE = "usage: python -m clary_programs.entry FRAMEWORK train|serve"
# Images whose algorithm needs no script: module with `main() -> int | None`.
ALGORITHMS = {"xgboost": "clary_programs.algorithms.xgboost.train"}


def main(arguments: list[str]) -> int:
    """Return the exit code of the program that ran; 2 where the arguments name none."""
    if len(arguments) != 2 or arguments[1] not in ("train", "serve"):
        print(USAGE, file=sys.stderr)
        return 2
    framework, action = arguments
    return train(framework) if action == "train" else serve(framework)


def train(framework: str) -> int:
    """Script mode where a script is named, else the framework's own algorithm."""
    if _names_script():
        from clary_programs.toolkit.train import main as script_mode

        return script_mode()
    if framework in ALGORITHMS:
        return import_module(ALGORITHMS[framework]).main() or 0
    message = (
        f"the {framework} image has no algorithm of its own: name a script by the hyperparameter "
        "sagemaker_program or the variable SAGEMAKER_PROGRAM"
    )
    print(message, file=sys.stderr)
    write_failure(Paths.of(), message)
    return 1


def _names_script() -> bool:
    named = ("SAGEMAKER_PROGRAM", "SAGEMAKER_TRAINING_MODULE")
    return any(map(os.environ.get, named)) or "sagemaker_program" in read_raw(Paths.of().hyperparameters)


def serve(framework: str) -> int:
    """Serve the model under `/opt/ml/model` until SIGTERM."""
    from clary_programs.serving import model_server
    from clary_programs.serving.load import load

    return model_server.main(lambda: load(framework))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
