"""Which route an invocation takes, or AWS's refusal of one that has none."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sagemaker.runtime import background
from clary.services.sagemaker.runtime.routes import Container, Route, Variant

_ABSENT = frozenset(("InferenceComponentName", "EnableExplanations", "SessionId"))


def known_route(ctx: Context, state: background.State, params: dict[str, Any]) -> Route | None:
    """Return the endpoint's route if the table has one that takes this invocation as it is."""
    route = state.routes.get(ctx.scope, params["EndpointName"]) if state.is_kept else None
    if route is None or not _can_take(route, params.get("TargetVariant")) or not _ABSENT.isdisjoint(params):
        return None
    return route


async def find_route(ctx: Context, state: background.State, params: dict[str, Any]) -> Route:
    """Return the endpoint's route. Raise AWS's ValidationError if it cannot be invoked."""
    name = params["EndpointName"]
    route = state.routes.get(ctx.scope, name)
    if route is None or not state.is_kept or not _can_take(route, params.get("TargetVariant")):
        # Describe may have shown a moment ago what the table has not heard of yet.
        route = await state.routes.find(ctx.scope, name)
    if route is None:
        raise AwsError("ValidationError", f"Endpoint {name} of account {ctx.account} not found.")
    if not route.variants:
        raise AwsError(
            "ValidationError",
            f"Endpoint {name} of account {ctx.account} is not in service: it is {route.status}.",
        )
    if not _ABSENT.isdisjoint(params):
        member = next(member for member in params if member in _ABSENT)
        raise AwsError("ValidationError", f"Endpoint {name} does not support {member}.")
    return route


def _can_take(route: Route, target: str | None) -> bool:
    return bool(route.variants) and (target is None or target in route.variants)


def asked(ctx: Context, route: Route, variant: Variant, params: dict[str, Any]) -> tuple[Container, ...]:
    """Return the containers that an invocation goes through. Raise AWS's ValidationError where it names what there is not, or
    names nothing where it must."""
    found = _by_name(route, variant, params.get("TargetContainerHostname"))
    target = params.get("TargetModel")
    if (target is None) is any(container.multi_model for container in found):
        raise _model_refused(ctx, route, target)
    return found


def _by_name(route: Route, variant: Variant, host: str | None) -> tuple[Container, ...]:
    """Return the container of a name, or all where none is to be named
    (https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-direct.html)."""
    if not variant.direct and host is not None:
        text = f"Endpoint {route.name} does not support TargetContainerHostname: it is not configured for direct invocation."
        raise AwsError("ValidationError", text)
    found = tuple(one for one in variant.containers if not variant.direct or one.name == host)
    if not found:
        said = "is required" if host is None else f"{host} does not exist"
        raise AwsError("ValidationError", f"TargetContainerHostname {said} for endpoint {route.name}.")
    return found


def _model_refused(ctx: Context, route: Route, target: str | None) -> AwsError:
    """Return AWS's sentence (aws/amazon-sagemaker-examples, issue 1026; aws/sagemaker-tensorflow-serving-container, 166)."""
    text = f"Endpoint {route.name} is not a multi-model endpoint and does not support target model header."
    if target is None:
        text = f"Request {ctx.request_id} is missing a target model header."
    return AwsError("ValidationError", text)


def no_variant(route: Route, target: str | None) -> AwsError:
    said = f"Variant {target} not found" if target else "No variant has a weight above zero"
    return AwsError("ValidationError", f"{said} for endpoint {route.name}.")
