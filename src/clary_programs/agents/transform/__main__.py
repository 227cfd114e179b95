"""The program: `python -m clary_programs.agents.transform`. Exit code 0 where every object was transformed, else 1."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from clary_programs.agents.transform.config import TransformConfig, output_folder
from clary_programs.agents.transform.errors import TransformError
from clary_programs.agents.transform.events import DataLog
from clary_programs.agents.transform.job import TransformJob
from clary_programs.agents.transform.server import ModelServer
from clary_programs.agents.transform.server_beside import ServerBeside
from clary_programs.contract.outcome import write_failure
from clary_programs.contract.paths import Paths
from clary_programs.serving.model_server import SOCKET_VARIABLE


def main() -> int:
    """Run the job that `/opt/ml/config/transformjobconfig.json` describes."""
    paths = Paths.of()
    # SystemExit unwinds through `finally`, so that a stopped job leaves no model server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    log = DataLog(paths.output / "data-log")
    try:
        errors = transform(TransformConfig.read(paths), paths, log)
    except TransformError as error:
        errors = [str(error)]
        log.say(str(error))
    if errors:
        # A model server that could not start has left its own reason, which is not the job's.
        write_failure(paths, errors[0], replace=True)
        return 1
    return 0


def transform(config: TransformConfig, paths: Paths, log: DataLog) -> list[str]:
    """Return the reasons of the objects that failed; none is success. Raise TransformError where the job
    cannot start."""
    output_folder(paths).mkdir(parents=True, exist_ok=True)
    server = _server(config)
    try:
        job = TransformJob(config, paths, server, log)
        server.wait_until_ready(config.startup_seconds)
        job.run()
        return job.errors
    finally:
        server.stop()


def _server(config: TransformConfig) -> ModelServer | ServerBeside:
    if config.document.get("ServedBeside"):
        return ServerBeside(Path(os.environ[SOCKET_VARIABLE]))
    return ModelServer(config.serve_command, config.environment, config.document.get("ServePort"))


if __name__ == "__main__":
    sys.exit(main())
