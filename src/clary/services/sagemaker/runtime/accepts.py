"""Which members of each invocation are acted on. Every other one is refused by its name."""

from __future__ import annotations

from clary.plane import Members

ACCEPTS: dict[str, Members] = {
    "InvokeEndpoint": Members(
        "EndpointName Body ContentType Accept CustomAttributes TargetVariant InferenceId TargetModel TargetContainerHostname",
        refused="EnableExplanations InferenceComponentName SessionId",
    ),
    "InvokeEndpointWithResponseStream": Members(
        "EndpointName Body ContentType Accept CustomAttributes TargetVariant InferenceId TargetContainerHostname",
        refused="InferenceComponentName SessionId",
    ),
}
