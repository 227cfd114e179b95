"""Which members of the requests for tracking servers and apps are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members

_WINDOW = {"WeeklyMaintenanceWindowStart": "there is no maintenance that would need a time"}
_STORE = "ArtifactStoreUri"
_OWNER = "S3BucketOwnerAccountId S3BucketOwnerVerification"

TRACKING_SERVER = {
    "create": Members(
        f"TrackingServerName {_STORE} RoleArn TrackingServerSize MlflowVersion AutomaticModelRegistration {_OWNER} Tags",
        _WINDOW,
    ),
    "update": Members(
        f"TrackingServerName {_STORE} TrackingServerSize AutomaticModelRegistration {_OWNER}", _WINDOW
    ),
}
# DefaultDomainIdList names domains of Studio, which are not offered, and KmsKeyId a key for data at rest.
APP = {
    "create": Members(f"Name {_STORE} RoleArn ModelRegistrationMode AccountDefaultStatus Tags", _WINDOW),
    "update": Members(f"Arn Name {_STORE} ModelRegistrationMode AccountDefaultStatus", _WINDOW),
    "delete": Members("Arn"),
}
PRESIGNED = "ExpiresInSeconds SessionExpirationDurationInSeconds"
