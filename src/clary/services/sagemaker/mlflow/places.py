"""Where MLflow servers are found: their keys, the host names of their pages, and the record that a name leads to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from clary.kernel import Arn
from clary.plane import Context, Key, Query, Record, by_arn
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Tx
from clary.wire.hosts import host_of

BY_NAME = Key("TrackingServerName")
BY_ARN = by_arn("Arn", "app-{hex12}")

TRACKING_SERVER = sagemaker.kind("MlflowTrackingServer")
APP = sagemaker.kind("MlflowApp")
_KINDS = {"mlflow-tracking-server": TRACKING_SERVER, "mlflow-app": APP}

# What AWS's clients and browsers ask for, and the same below the platform's own names, for those without its proxy.
API_HOSTS = (
    *("{region}.experiments.sagemaker.aws", "{region}.experiments.sagemaker.{platform}"),
    *("mlflow.sagemaker.{region}.app.aws", "mlflow.sagemaker.{region}.app.{platform}"),
)
PAGE_HOSTS = (
    *("{label}.{region}.experiments.sagemaker.aws", "{label}.{region}.experiments.sagemaker.{platform}"),
    *("{label}.mlflow.sagemaker.{region}.app.aws", "{label}.mlflow.sagemaker.{region}.app.{platform}"),
)
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".sagemaker.aws", ".app.aws")


def url_of(ctx: Context, record: Record) -> str:
    """Return the URL of a server's pages, on a name of the platform's own by which a browser finds it without a proxy."""
    label = record.private.get("label", record.id)
    scheme, authority = _platform(ctx)
    if record.kind == APP:
        return f"{scheme}://{label}.mlflow.sagemaker.{ctx.region}.app.{authority}"
    return f"{scheme}://{label}.{ctx.region}.experiments.sagemaker.{authority}"


def _platform(ctx: Context) -> tuple[str, str]:
    """Return scheme and authority of the platform: as the caller names it, unless that is an address or one of AWS's
    names. Browsers lead every name below `localhost` to their own machine."""
    own = urlsplit(ctx.platform.settings.endpoint)
    said = ctx.request.headers.get("host", "") if ctx.request else ""
    host = host_of(said)
    if not host or _is_address(host) or host.endswith(_AWS):
        return "http", f"localhost:{own.port}" if own.port else "localhost"
    return (ctx.request.scheme if ctx.request else "http"), said.lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def at_arn(tx: Tx, arn: Arn) -> Record | None:
    """Return the server that an ARN names, or None."""
    kind, _, id = arn.resource.partition("/")
    return tx.get(_KINDS[kind], f"{arn.account}/{arn.region}", id) if kind in _KINDS else None


def at_label(tx: Tx, label: str, region: str) -> Record | None:
    """Return the server of the first label of a host name, or None."""
    where = ("id", "=", label) if label.startswith("app-") else ("doc.private.label", "=", label)
    found = tx.list(APP if label.startswith("app-") else TRACKING_SERVER, None, Query(where=[where]))
    return next((record for record in found if record.scope.endswith(f"/{region}")), None)
