"""MLflow apps: MLflow servers that are named by their ARN, and have no Start and Stop. What moves them is in life.py."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Query, Record, States, revise
from clary.services.sagemaker.mlflow import accepts, life, places, servers
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

Params = dict[str, Any]

_SETTLED = ("Created", "Updated", "UpdateFailed")
_BUSY = ("Creating", "Updating", "Deleting")


def allow(ctx: Context, params: Params) -> None:
    servers.allow(ctx, params, "mlflow-app/*")


def stamp(ctx: Context, params: Params) -> Document:
    """Add the defaults and who created the app. Registration is off unless it is asked for, as AWS's guide says of both
    kinds of servers ("Model Registry sync is an opt-in feature")."""
    default = params.get("AccountDefaultStatus", "DISABLED")
    if default == "ENABLED":
        _no_other_is_default(ctx)
    spec = {
        "ModelRegistrationMode": params.get("ModelRegistrationMode", "AutoModelRegistrationDisabled"),
        "AccountDefaultStatus": default,
    }
    who = user_context(ctx.caller)
    status = {"MlflowVersion": servers.version_of(ctx, params), "CreatedBy": who, "LastModifiedBy": who}
    return Document(spec, status)


def _no_other_is_default(ctx: Context) -> None:
    """Let no app be the default of the account: it has one at most."""
    where = [("doc.spec.AccountDefaultStatus", "=", "ENABLED")]
    for other in ctx.tx.list(places.APP, ctx.scope, Query(where=where)):
        ctx.tx.update(revise(other, spec={"AccountDefaultStatus": "DISABLED"}))


def update(ctx: Context, record: Record, given: Params) -> Record:
    """Raise ConflictException for an app that is busy."""
    servers.require_status(record, _SETTLED, "updated", "ConflictException")
    servers.check(given)
    if given.get("AccountDefaultStatus") == "ENABLED" != record.spec["AccountDefaultStatus"]:
        _no_other_is_default(ctx)
    return servers.changed(ctx, record, given, {"LastModifiedBy": user_context(ctx.caller)})


app = sagemaker.noun(
    Noun(
        "MlflowApp",
        arn="mlflow-app/{id}",
        key=places.BY_ARN,
        states=States("Status", start="Creating", leaving="Deleting"),
        accepts=accepts.APP,
        lists={"MlflowVersion": "doc.status.MlflowVersion", "Name": "doc.spec.Name"},
        errors=Errors(
            missing_code="ResourceNotFound",
            missing="MLflow App with ARN {arn} does not exist.",
        ),
        hooks=Hooks(
            allow=allow,
            stamp=stamp,
            update=update,
            delete=lambda ctx, record: servers.require_deletable(record, _BUSY),
        ),
    )
)
sagemaker.controller(app)(life.keep)
