"""Which members of each invocation are acted on. Every other one is refused by its name."""

from __future__ import annotations

from clary.plane import Members

ACCEPTS: dict[str, Members] = {
    "InvokeEndpoint": Members(
        "EndpointName Body ContentType Accept CustomAttributes TargetVariant InferenceId",
        refused="TargetModel TargetContainerHostname EnableExplanations InferenceComponentName SessionId",
    ),
    "InvokeEndpointWithResponseStream": Members(
        "EndpointName Body ContentType Accept CustomAttributes TargetVariant InferenceId",
        refused="TargetContainerHostname InferenceComponentName SessionId",
    ),
}
