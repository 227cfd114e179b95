"""What SageMaker's registry does not accept of the names of MLflow's models, said before MLflow has them."""

from __future__ import annotations

import hashlib
import json
import re

from clary.kernel import AwsError
from clary.plane import Record

_CREATE = re.compile(r"/(?:ajax-)?api/2\.0/mlflow/registered-models/(create|rename)")
_GROUP = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}")  # ModelPackageGroupName (EntityName)


def is_registering(server: Record) -> bool:
    """Tell whether models of a server are registered with SageMaker, as its record has it."""
    spec = server.spec
    return bool(spec.get("AutomaticModelRegistration")) or (
        spec.get("ModelRegistrationMode") == "AutoModelRegistrationEnabled"
    )


def group_of(server: Record, model: str) -> str:
    """Return the name of the group for a model: its own, with the first six digits of the SHA-256 of the last part of the
    server's ARN (https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments-model-registration.html)."""
    last = server.arn.rpartition("/")[2]
    return f"{model}-{hashlib.sha256(last.encode()).hexdigest()[:6]}"


def is_group_name(name: str) -> bool:
    return _GROUP.fullmatch(name) is not None


def require(server: Record, method: str, path: str, body: bytes) -> None:
    """Raise INVALID_PARAMETER_VALUE, as MLflow says it, for a model whose name no group of packages can have: "the
    registration process fails if you use spaces in your model name" (the same page)."""
    if method != "POST" or not _CREATE.fullmatch(path) or not is_registering(server):
        return
    try:
        said = json.loads(body)
        name = said.get("new_name", said.get("name", ""))
    except (ValueError, AttributeError):
        return  # MLflow answers what it does not understand
    if isinstance(name, str) and name and not is_group_name(group_of(server, name)):
        raise AwsError(
            "INVALID_PARAMETER_VALUE",
            f"The model name {name!r} cannot be registered with SageMaker Model Registry: with the suffix of the tracking "
            "server it must have at most 63 letters, digits and hyphens.",
            400,
        )
