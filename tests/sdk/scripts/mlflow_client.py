"""What a user's script does with the unmodified client and AWS's plugin: `python mlflow_client.py first|second`.

The tracking server is MLFLOW_TRACKING_URI, as in a training job. Prints PASS at its end.
"""

from __future__ import annotations

import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient


def first() -> None:
    """Log a run with an artifact, and register it as a model."""
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="one") as run, tempfile.TemporaryDirectory() as folder:
        mlflow.log_param("depth", 6)
        mlflow.log_metric("auc", 0.91, step=1)
        with open(os.path.join(folder, "notes.txt"), "w") as file:
            file.write("hello")
        mlflow.log_artifact(file.name)
    client = MlflowClient()
    client.create_registered_model("churn")
    version = client.create_model_version("churn", run.info.artifact_uri, run.info.run_id)
    tags = client.get_model_version("churn", version.version).tags
    assert tags["sagemaker.model_package_arn"].endswith("/1"), tags
    client.set_registered_model_alias("churn", "sagemakerlifecycle-staging-pending", version.version)


def second() -> None:
    """Find all of it again, the artifact as the server sees it, and go on."""
    client = MlflowClient()
    (run,) = client.search_runs([client.get_experiment_by_name("churn").experiment_id])
    assert (run.data.params, run.data.metrics) == ({"depth": "6"}, {"auc": 0.91}), run.data
    assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["notes.txt"]
    client.log_metric(run.info.run_id, "auc", 0.93, step=2)
    assert len(client.get_metric_history(run.info.run_id, "auc")) == 2


if __name__ == "__main__":
    {"first": first, "second": second}[sys.argv[1]]()
    print("PASS")
