"""Documents of earlier versions: how each is brought into today's form when it is read
(docs/decisions/0013-upgrades.md)."""

from __future__ import annotations

from typing import Any

from clary.services.sagemaker.hosting import endpoints, models  # noqa: F401  (their nouns are upgraded below)
from clary.services.sagemaker.monitoring import schedules  # noqa: F401
from clary.services.sagemaker.processing import noun as processing  # noqa: F401
from clary.services.sagemaker.registry import packages  # noqa: F401
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training import noun as training  # noqa: F401
from clary.services.sagemaker.transform import noun as transform  # noqa: F401

Doc = dict[str, Any]


@sagemaker.upgrade("Endpoint", since=1)
def replicas_with_the_endpoints_grant(doc: Doc) -> Doc:
    """Name the replicas that ask for credentials at the address of their endpoint, which names no run
    (plane/grants.py).

    They do so until they end. If their models have different roles, they get no credentials: the address does
    not tell which replica asks.
    """
    role = doc.get("_RoleArn")
    if role is None or _roles(doc) != {role}:
        return {name: value for name, value in doc.items() if name != "_RoleArn"}
    return {**doc, "_earlier_runs": [replica["run"] for replica in doc.get("_replicas", [])]}


def _roles(doc: Doc) -> set[str | None]:
    plans = [plan for plan in (doc.get("_plan"), doc.get("_served")) if plan]
    return {variant["_model"].get("ExecutionRoleArn") for plan in plans for variant in plan["variants"]}


# Nouns that had records before documents had parts. Those that came later have not, and which of them are loaded before this
# module depends on the order of imports.
_OF_THE_FIRST_FORMAT = (
    *("Model", "EndpointConfig", "Endpoint", "TrainingJob", "ProcessingJob", "TransformJob"),
    *("DataQualityJobDefinition", "MonitoringSchedule", "ModelPackageGroup", "ModelPackage"),
)
for _name in _OF_THE_FIRST_FORMAT:
    sagemaker.split_documents(sagemaker.nouns[_name])
