"""The run of an MLflow server: MLflow's program, with the rights of the server's role, on its lasting store."""

from __future__ import annotations

from clary.plane import Record
from clary.runs.api import Resources, RunSpec
from clary.services.sagemaker.mlflow import servers

_GIB = 1 << 30
# What a server may have of the machine's memory. AWS recommends the sizes for teams of 25, 50 and 100.
_MEMORY = {"Small": 2 * _GIB, "Medium": 4 * _GIB, "Large": 8 * _GIB}
_STOP_GRACE = 10.0


def spec_of(server: Record, store: str) -> RunSpec:
    """Return the run of a server whose lasting folder is `store`."""
    env = {"CLARY_ARTIFACT_ROOT": server.spec["ArtifactStoreUri"].rstrip("/")}
    owner = server.spec.get("S3BucketOwnerAccountId")
    if owner and server.spec.get("S3BucketOwnerVerification", True):
        env["MLFLOW_S3_EXPECTED_BUCKET_OWNER"] = owner
    size = server.spec.get("TrackingServerSize", "Small")
    return RunSpec(
        command=("{python}", "-m", "clary_programs.agents.mlflow"),
        env=env,
        resources=Resources(vcpus=1.0, memory=_MEMORY[size], hosting=True),
        stop_grace=_STOP_GRACE,
        sockets=True,
        environment=servers.ENVIRONMENT,
        lasting=store,
    )
