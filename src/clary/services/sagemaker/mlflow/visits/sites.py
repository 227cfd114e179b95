"""The way to MLflow servers over HTTP: the REST API for clients that sign, and the pages for browsers with a session.

    client   x-mlflow-sm-tracking-server-arn, or x-sm-mlflow-app-arn    -> signature -> action -> program
    browser  /auth?authToken=… -> cookie; every other path: the cookie  -> AccessUI, action -> program

The headers, the services that are signed for and the hosts are those of AWS's plugin for MLflow (sagemaker-mlflow).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from clary.kernel import Arn, AwsError, Caller
from clary.plane import Record
from clary.plane.sites import Bounds, Visit
from clary.plane.sites.proxy import Upstream, forward
from clary.plane.sites.signed import caller_of
from clary.services.sagemaker.mlflow import life, names, places, servers
from clary.services.sagemaker.mlflow.visits import actions, visitors, waiting
from clary.services.sagemaker.service import sagemaker
from clary.wire import Response

_TRACKING, _APP = "x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn"
_COOKIE = "mlflow-session"
_PREFIX = "/_mlflow"
_BOUNDS = Bounds(body=32 << 20)
_NOT_FOUND = "Tracking server could not be found"


# clients that sign -------------------------------------------------------------------------------------------------


async def signer(visit: Visit) -> Caller:
    """Return who signed a request to the API, if that one may make it. Nobody learns of a server before."""
    arn = _arn_in_headers(visit)
    if arn.region not in visit.ctx.platform.settings.regions:
        raise _not_found()
    if visit.labels.get("region", arn.region) != arn.region:
        raise AwsError("ValidationException", f"{arn} is in another region.", 400)
    visit.ctx.region = arn.region
    is_app = arn.resource.startswith("mlflow-app/")
    caller = await caller_of(visit, "sagemaker" if is_app else "sagemaker-mlflow")
    path = _path(visit)
    if actions.is_closed(path):
        raise _closed(path)
    action = actions.APP if is_app else actions.of_api(visit.request.method, path)
    await _authorize(visit, action, arn, caller)
    return caller


async def _authorize(visit: Visit, action: str | None, arn: Arn, caller: Caller) -> None:
    """Raise AccessDenied where the caller may not do this. Where no right is needed, the server must be of its account."""
    if action is None:
        raise AwsError("AccessDeniedException", "There is no IAM action that allows this request.", 403)
    if action:
        await visit.authorize(action, str(arn), caller=caller)
    elif caller.account != arn.account:
        raise AwsError("AccessDeniedException", "The tracking server belongs to another account.", 403)


def _arn_in_headers(visit: Visit) -> Arn:
    headers = visit.request.headers
    said = headers.get(_TRACKING) or headers.get(_APP) or ""
    try:
        arn = Arn.parse(said)
    except ValueError:
        raise _not_found() from None
    expected = "mlflow-tracking-server/" if _TRACKING in headers else "mlflow-app/"
    if arn.service != "sagemaker" or not arn.resource.startswith(expected):
        raise _not_found()
    return arn


@sagemaker.site(host=places.API_HOSTS, verify=signer, bounds=_BOUNDS)
async def mlflow_api(visit: Visit) -> Response:
    """Answer a client of MLflow's REST API."""
    return await _answered(visit, await _at_arn(visit))


@sagemaker.site(path=_PREFIX, verify=signer, bounds=_BOUNDS, signed_for=("sagemaker-mlflow", "sagemaker"))
async def mlflow_endpoint(visit: Visit) -> Response:
    """Answer the same below a path of the platform's own address, for SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT."""
    return await _answered(visit, await _at_arn(visit))


async def _at_arn(visit: Visit) -> Record:
    arn = _arn_in_headers(visit)
    server = await visit.ctx.transact(lambda tx: places.at_arn(tx, arn))
    if server is None:
        raise _not_found()
    return server


# browsers ----------------------------------------------------------------------------------------------------------


async def visitor(visit: Visit) -> Caller:
    """Return who asked for the URL by which a browser came. What changes something must come from the pages themselves."""
    found = await _visitor(visit)
    if visit.request.method not in ("GET", "HEAD") and not visit.is_same_origin():
        raise AwsError("AccessDeniedException", "Pages of other origins may not do this.", 403)
    path, arn = visit.raw_path, Arn.parse(found.server)
    if actions.is_closed(path):
        raise _closed(path)
    if arn.resource.startswith("mlflow-app/"):
        await visit.authorize(actions.APP, found.server, caller=found.caller)
        return found.caller
    await visit.authorize(actions.UI, found.server, caller=found.caller)
    if path != "/auth":
        await _authorize(visit, actions.of_page(visit.request.method, path), arn, found.caller)
    return found.caller


async def _visitor(visit: Visit) -> visitors.Visitor:
    """Return the visitor of a token or a session, if it is of the server that the host names. Raise AccessDenied."""
    token = _token(visit)
    kind, secret = (
        (visitors.TOKEN, token) if visit.raw_path == "/auth" else (visitors.SESSION, _session(visit))
    )
    now = visit.ctx.now
    found = await visit.ctx.transact(lambda tx: visitors.find(tx, kind, secret, now)) if secret else None
    server = await _at_label(visit)
    if found is None or server is None or server.arn != found.server:
        raise AwsError("AccessDeniedException", "The URL or the session has expired.", 403)
    return found


async def _at_label(visit: Visit) -> Record | None:
    label, region = visit.labels["label"], visit.labels["region"]
    return await visit.ctx.transact(lambda tx: places.at_label(tx, label, region))


@sagemaker.site(host=places.PAGE_HOSTS, verify=visitor, bounds=_BOUNDS)
async def mlflow_pages(visit: Visit) -> Response:
    """Answer a browser: the pages of MLflow, and the visit that begins a session."""
    if visit.raw_path == "/auth":
        return await _begun(visit)
    server = await _at_label(visit)
    if server is None:
        raise _not_found()
    return await _answered(visit, server, {"cookie": _other_cookies(visit)})


async def _begun(visit: Visit) -> Response:
    """Use the token up, and lead the browser to the pages with the cookie of its session."""
    token, now = _token(visit), visit.ctx.now
    begun = await visit.ctx.transact(lambda tx: visitors.begin(tx, token, now), write=True)
    if begun is None:
        raise AwsError("AccessDeniedException", "The URL or the session has expired.", 403)
    secret, who = begun
    secure = "; Secure" if visit.request.scheme == "https" else ""
    cookie = f"{_COOKIE}={secret}; Path=/; Max-Age={who.seconds}; HttpOnly; SameSite=Lax{secure}"
    kept = [("set-cookie", cookie), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")]
    return Response(302, [("location", "/"), *kept])


def _token(visit: Visit) -> str:
    return dict(parse_qsl(visit.request.query)).get("authToken", "")


def _cookies(visit: Visit) -> SimpleCookie:
    # Several Cookie headers are joined by a comma, which no cookie has in it.
    try:
        return SimpleCookie(visit.request.headers.get("cookie", "").replace(",", ";"))
    except CookieError:
        return SimpleCookie()


def _session(visit: Visit) -> str:
    found = _cookies(visit).get(_COOKIE)
    return found.value if found else ""


def _other_cookies(visit: Visit) -> str:
    """Return the cookies for MLflow, which must not have that of the session."""
    return "; ".join(
        f"{name}={morsel.coded_value}" for name, morsel in _cookies(visit).items() if name != _COOKIE
    )


# both --------------------------------------------------------------------------------------------------------------


async def _answered(visit: Visit, server: Record, headers: dict[str, str] | None = None) -> Response:
    """Pass a visit on to the program of a server. Where the registry of SageMaker follows MLflow's, what changes that is
    answered when the change has been carried over."""
    server = await _running(visit, server)
    method, path = visit.request.method, _path(visit)
    names.require(server, method, path, await visit.body())
    registers = actions.registers(method, path) and waiting.follows(server)
    if registers:
        await waiting.announce(visit.ctx, server)
    answer = await _passed_on(visit, server, path, headers or {})
    if registers and answer.status == 200:
        await waiting.until_carried_over(visit.ctx, server)
    return answer


async def _passed_on(visit: Visit, server: Record, path: str, headers: dict[str, str]) -> Response:
    """Return the program's answer. Where it cannot be reached, it has died: the refusal, after which clients of MLflow try
    again, then comes when the next one answers. It may have acted, so the request is not repeated here."""
    query = f"?{visit.request.query}" if visit.request.query else ""
    try:
        return await forward(visit, Upstream(socket=server.private["socket"]), f"{path}{query}", headers)
    except AwsError as error:
        if error.code == "BadGatewayException":
            await waiting.until_replaced(visit.ctx, server)
        raise


def _path(visit: Visit) -> str:
    return visit.raw_path.removeprefix(visit.site.place.path) or "/"


async def _running(visit: Visit, server: Record) -> Record:
    """Return a server whose program answers. Raise ValidationException for one that is not to run, ServiceUnavailable,
    after which clients of MLflow try again, for one that starts."""
    if server.status in (*life.AT_REST, "Deleting"):
        said = (
            f"Tracking Server with ARN {server.arn} is currently in status {servers.spoken(server.status)}."
        )
        raise AwsError("ValidationException", said, 400)
    if server.private.get("ready"):
        return server
    ready = await waiting.until_ready(visit.ctx, server)
    if ready is None:
        raise AwsError("ServiceUnavailableException", "The tracking server is starting.", 503)
    return ready


def _not_found() -> AwsError:
    return AwsError("ResourceNotFound", _NOT_FOUND, 404)


def _closed(path: str) -> AwsError:
    return AwsError("NotImplemented", f"Clary does not implement MLflow's {path}.", 501)
