"""Whether an access key may be used, and what AWS says when it may not. Knows no signature's arithmetic."""

from __future__ import annotations

from clary.access.directory import Credential
from clary.kernel import AwsError
from clary.wire import Request, Router, ServiceModel, Signature


def usable(
    credential: Credential | None, signature: Signature, now: float, request: Request, router: Router
) -> Credential:
    """Return the credential of a signature. Raises AwsError for one that is unknown, inactive or expired, or whose token
    is another."""
    state = credential.state(signature.token, now) if credential else "unknown"
    if credential is None or state == "unknown":
        raise _unknown(credential, signature, request, router)
    if state == "expired":
        raise _expired(signature, request, router)
    return credential


def missing(request: Request, router: Router) -> AwsError:
    """Return the refusal of an unsigned request to a service that takes none."""
    message = "Request is missing Authentication Token"
    return _refused("MissingAuthenticationToken", message, *router.guess(request, None))


def _unknown(
    credential: Credential | None, signature: Signature, request: Request, router: Router
) -> AwsError:
    model, protocol = router.guess(request, signature.service)
    if signature.service == "s3":
        return _unknown_to_s3(credential, signature)
    code = "InvalidClientTokenId" if _speaks_query(model, protocol) else "UnrecognizedClient"
    return _refused(code, "The security token included in the request is invalid.", model, protocol)


def _unknown_to_s3(credential: Credential | None, signature: Signature) -> AwsError:
    if credential is not None and credential.active and signature.token:
        return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")
    message = "The AWS Access Key Id you provided does not exist in our records."
    return AwsError("InvalidAccessKeyId", message, 403, {"AWSAccessKeyId": signature.access_key_id})


def _expired(signature: Signature, request: Request, router: Router) -> AwsError:
    if signature.service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    message = "The security token included in the request is expired"
    return _refused("ExpiredToken", message, *router.guess(request, signature.service))


def _refused(code: str, message: str, model: ServiceModel | None, protocol: str) -> AwsError:
    """Query services answer 403 and the bare code, the others code + Exception; JSON's status is always 400."""
    if _speaks_query(model, protocol):
        return AwsError(code, message, 403)
    return AwsError(f"{code}Exception", message, 400 if protocol == "json" else 403)


def _speaks_query(model: ServiceModel | None, protocol: str) -> bool:
    """Whether the service speaks Query, or did once and kept its codes (awsQueryCompatible)."""
    if model is None:
        return protocol in ("query", "ec2")
    return model.protocols[0] in ("query", "ec2") or model.query_compatible
