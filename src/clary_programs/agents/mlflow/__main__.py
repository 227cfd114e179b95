"""The program: `python -m clary_programs.agents.mlflow`. MLflow's own server, on a Unix socket.

One process that is MLflow's application and a store in one SQLite file, instead of `mlflow server`, which starts several
and takes as long as all of them. It runs in an environment that has MLflow (3.4 or newer, which is when its application
became one of ASGI), and imports it by name, since no other environment has it.

    CLARY_LASTING_FOLDER   where the store is
    CLARY_WORKER_SOCKET    the folder of this file is where the socket is
    CLARY_ARTIFACT_ROOT    the URI below which new experiments have their artifacts
"""

from __future__ import annotations

import os
import sqlite3
import sys
from importlib import import_module

SOCKET_NAME = "mlflow.sock"
_STORE = "mlflow.db"
# Experiments of the host's own, calls to other machines, and programs that the server would start.
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    # What it checks of host names and origins is checked by the platform, through which alone it can be reached.
    "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "true",
}


def main() -> int:
    """Serve until TERM."""
    folder, root = os.environ["CLARY_LASTING_FOLDER"], os.environ["CLARY_ARTIFACT_ROOT"]
    store = f"sqlite:///{folder}/{_STORE}"
    _use_write_ahead_log(f"{folder}/{_STORE}")
    os.environ.update(_SETTINGS)
    os.environ.update({"_MLFLOW_SERVER_FILE_STORE": store, "_MLFLOW_SERVER_ARTIFACT_ROOT": root})
    app = import_module("mlflow.server.fastapi_app").app
    import_module("mlflow.server.handlers").initialize_backend_stores(store, store, root)
    _serve(app)
    return 0


def _serve(app: object) -> None:
    """Listen on the socket. A run that was killed may have left its name."""
    folder = os.path.dirname(os.environ["CLARY_WORKER_SOCKET"])
    socket = os.path.join(folder, SOCKET_NAME)
    if os.path.exists(socket):
        os.unlink(socket)
    import_module("uvicorn").run(app, uds=socket, log_level="warning", access_log=False)


def _use_write_ahead_log(path: str) -> None:
    """Readers then do not wait for a writer. The file remembers it."""
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
