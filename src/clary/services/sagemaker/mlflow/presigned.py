"""Presigned URLs of the pages of tracking servers and apps
(https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-launch-ui.html)."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members, Record
from clary.services.sagemaker.mlflow import accepts, places
from clary.services.sagemaker.mlflow.apps import app
from clary.services.sagemaker.mlflow.tracking_servers import tracking_server
from clary.services.sagemaker.mlflow.visits import visitors
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]

# The model says what is the most; what holds without a word is the least of it and the SDK's own default.
_URL_SECONDS, _SESSION_SECONDS = 300, 5000


@sagemaker.operation(
    on=tracking_server.arn, lane="write", accepts=Members(f"TrackingServerName {accepts.PRESIGNED}")
)
def create_presigned_mlflow_tracking_server_url(ctx: Context, params: Params) -> Params:
    """Return a URL that opens the pages of a tracking server once. Raise ResourceNotFound."""
    return _authorized(ctx, tracking_server.load(ctx, params), params)


def _named(ctx: Context, params: Params) -> list[str]:
    return [params["Arn"]]


@sagemaker.operation(on=_named, lane="write", accepts=Members(f"Arn {accepts.PRESIGNED}"))
def create_presigned_mlflow_app_url(ctx: Context, params: Params) -> Params:
    """Return a URL that opens the pages of an app once. Raise ResourceNotFound."""
    return _authorized(ctx, app.by_arn(ctx, params["Arn"]), params)


def _authorized(ctx: Context, server: Record, params: Params) -> Params:
    seconds = params.get("SessionExpirationDurationInSeconds", _SESSION_SECONDS)
    visitor = visitors.Visitor(ctx.caller, server.arn, seconds)
    until = ctx.now + params.get("ExpiresInSeconds", _URL_SECONDS)
    token = visitors.admit(ctx.tx, visitors.TOKEN, visitor, until, ctx.now)
    return {"AuthorizedUrl": f"{places.url_of(ctx, server)}/auth?authToken={token}"}
