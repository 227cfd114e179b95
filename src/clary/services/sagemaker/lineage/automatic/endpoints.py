"""The lineage of endpoints: a context for each, and an action for each deployment of models to it."""

from __future__ import annotations

from clary.plane import Change, Record
from clary.services.sagemaker.lineage.automatic import containers
from clary.services.sagemaker.lineage.automatic.recorder import Recorder

_STATUS = {"InService": "Completed", "Failed": "Failed", "Creating": "InProgress", "Updating": "InProgress"}


def record(to: Recorder, endpoint: Record, change: Change) -> None:
    """Write the context of an endpoint and the action that deploys its present plan, with all that is deployed.

    Weights and counts change without a deployment: an action is for a generation of the plan (hosting/endpoints.py).
    """
    status = _STATUS.get(endpoint.status)
    if status is None:  # it is being deleted
        return
    plan, generation = endpoint.private["plan"], endpoint.private["generation"]
    context = to.context(f"{endpoint.id}-{int(endpoint.created)}-aws-endpoint", "Endpoint", endpoint.arn)
    config = {"EndpointConfigName": plan["name"]}
    action = to.action(_name(endpoint, generation), "ModelDeployment", endpoint.arn, status, config)
    to.associate(action, context, "AssociatedWith")
    for variant in plan["variants"]:
        model = variant["_model"]
        for uri, type in containers.parts_of(model, model.get("_package")):
            to.associate(to.artifact(uri, type), action, "ContributedTo")
    _fail_the_last(to, endpoint)


def _fail_the_last(to: Recorder, endpoint: Record) -> None:
    """Say of an update that failed that it did: the endpoint goes on with the generation before it."""
    last = endpoint.private.get("last_generation", 0)
    name = _name(endpoint, last)
    if endpoint.status == "InService" and last > endpoint.private["generation"] and to.find("Action", name):
        to.action(name, "ModelDeployment", endpoint.arn, "Failed")


def _name(endpoint: Record, generation: int) -> str:
    return f"{endpoint.id}-{int(endpoint.created)}-{generation}-aws-endpoint"
