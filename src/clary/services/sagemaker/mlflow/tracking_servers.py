"""MLflow tracking servers: create, describe, update, start, stop, delete. What moves them is in life.py."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States
from clary.services.sagemaker.mlflow import accepts, life, places, servers
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

Params = dict[str, Any]

_ACTIVE = ("Created", "Updated", "Started", "UpdateFailed")
_INACTIVE = (*life.AT_REST, "Creating", "Starting", "Deleting")
_BUSY = ("Creating", "Updating", "Starting", "Stopping", "Deleting")


def allow(ctx: Context, params: Params) -> None:
    servers.allow(ctx, params, f"mlflow-tracking-server/{params['TrackingServerName']}")


def stamp(ctx: Context, params: Params) -> Document:
    """Add AWS's defaults, who created the server, and the first label of its host name."""
    spec = {
        "TrackingServerSize": params.get("TrackingServerSize", "Small"),
        "AutomaticModelRegistration": params.get("AutomaticModelRegistration", False),
        "S3BucketOwnerAccountId": params.get("S3BucketOwnerAccountId", ctx.account),
        "S3BucketOwnerVerification": params.get("S3BucketOwnerVerification", True),
        "MlflowVersion": None,  # what was asked for; what runs is told in the status
    }
    who = user_context(ctx.caller)
    status = {"MlflowVersion": servers.version_of(ctx, params), "CreatedBy": who, "LastModifiedBy": who}
    return Document(spec, status, {"label": f"t-{ctx.platform.ids.hex(12)}"})


def view(record: Record) -> Params:
    return {
        "TrackingServerArn": record.arn,
        "IsActive": "Inactive" if record.status in _INACTIVE else "Active",
    }


def update(ctx: Context, record: Record, given: Params) -> Record:
    """Raise ConflictException for a server that does not run."""
    servers.require_status(record, _ACTIVE, "updated", "ConflictException")
    servers.check(given)
    return servers.changed(ctx, record, given, {"LastModifiedBy": user_context(ctx.caller)})


def start(ctx: Context, record: Record) -> Record:
    servers.require_status(record, ("Stopped", "StartFailed"), "started", "ValidationException")
    return life.afresh(record)


def stop(ctx: Context, record: Record) -> Record:
    servers.require_status(record, _ACTIVE, "stopped", "ValidationException")
    return record


tracking_server = sagemaker.noun(
    Noun(
        "MlflowTrackingServer",
        arn="mlflow-tracking-server/{TrackingServerName}",
        key=places.BY_NAME,
        states=States(
            "TrackingServerStatus", start="Creating", stop="Stopping", again="Starting", leaving="Deleting"
        ),
        accepts=accepts.TRACKING_SERVER,
        lists={"MlflowVersion": "doc.status.MlflowVersion", "Name": "id"},
        errors=Errors(
            missing_code="ResourceNotFound",
            missing="Tracking Server with ARN {arn} does not exist.",
            taken="Tracking Server with ARN {arn} already exists.",
        ),
        hooks=Hooks(
            allow=allow,
            stamp=stamp,
            view=view,
            update=update,
            start=start,
            stop=stop,
            delete=lambda ctx, record: servers.require_deletable(record, _BUSY),
        ),
    )
)
sagemaker.controller(tracking_server)(life.keep)


@sagemaker.operation(on=tracking_server.arn)
def describe_mlflow_tracking_server(ctx: Context, params: Params) -> Params:
    """Describe a server, with the URL of its pages, which depends on where the caller reaches the platform."""
    record = tracking_server.load(ctx, params)
    return {**tracking_server.describe(record), "TrackingServerUrl": places.url_of(ctx, record)}
