"""The container-credentials protocol: temporary keys of a running job's role, for its token
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html)."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from clary.plane import Platform, Record
from clary.plane.grants import role_of, token_for
from clary.wire import Request

PREFIX = "/_clary/credentials/"


async def container_credentials(platform: Platform, request: Request) -> tuple[int, dict[str, Any]]:
    """Return keys for an hour; 403 for another token, 404 once the job has ended."""
    record = await record_at(platform, request.path.removeprefix(PREFIX))
    given = request.headers.get("authorization", "")
    if record is None or not hmac.compare_digest(
        given.encode(), token_for(platform.settings, record).encode()
    ):
        return 403, {"code": "AccessDenied", "message": "This is not the token of that job."}
    role = None if is_final(platform, record) else role_of(record)
    if role is None:
        return 404, {"code": "NotFound", "message": "That job has ended or has no role."}
    return 200, await _session(platform, record, role)


async def _session(platform: Platform, record: Record, role: str) -> dict[str, Any]:
    sessions = platform.extras["directory"]
    service = f"{_service_of(platform, record.kind)}.amazonaws.com"
    credential = await platform.store.run(
        lambda tx: sessions.session_for_role(
            tx, role, record.id[:64], service=service, source_arn=record.arn
        ),
        write=True,
    )
    expires = platform.clock.now() + 3600 if credential.expires is None else credential.expires
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret,
        "Token": credential.token,
        "Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "RoleArn": role,
    }


async def record_at(platform: Platform, path: str) -> Record | None:
    """Return the record that `Kind/account/region/id` names."""
    kind, _, rest = path.partition("/")
    account, _, rest = rest.partition("/")
    region, _, id = rest.partition("/")
    return await platform.store.run(lambda tx: tx.get(kind, f"{account}/{region}", id), write=False)


def is_final(platform: Platform, record: Record) -> bool:
    """Tell whether a record has reached one of the states in which nothing of it runs."""
    for service in platform.services.values():
        if record.kind in service.resources and service.resources[record.kind].states:
            return record.status in service.resources[record.kind].states.final
    return False


def _service_of(platform: Platform, kind: str) -> str:
    return next((name for name, s in platform.services.items() if kind in s.controllers), "sagemaker")
