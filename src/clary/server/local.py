"""The platform's own small API under `/_clary/`: health, status, reset, job credentials. No AWS operation."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

from clary.kernel import AwsError
from clary.plane import Platform, grants
from clary.plane.authorize import Credential
from clary.runs.api import Executor
from clary.server.assemble import Options, found_account
from clary.server.home import Home
from clary.services.iam.accounts import ensure_account
from clary.wire import Request, Response, sigv4

_ENDING_SECONDS = 60.0  # that a reset waits for the programs it has killed
_PAUSE_SECONDS = 0.02


class LocalApi:
    """Answers `/_clary/...` requests."""

    def __init__(self, platform: Platform, home: Home, options: Options) -> None:
        self.platform = platform
        self.home = home
        self.options = options

    async def __call__(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/_clary/health":
                return _json(200, {"status": "ok", "services": sorted(self.platform.services)})
            case "GET", "/_clary/status":
                await self._require_root(request)
                return _json(200, await self._status())
            case "POST", "/_clary/reset":
                return await self._reset(request)
            case "POST", "/_clary/accounts":
                return await self._create_account(request)
            case "GET", path if path.startswith(grants.PATH):
                return await self._credentials(request, path.removeprefix(grants.PATH))
        return _json(404, {"message": f"There is no {request.method} {request.path}."})

    async def _status(self) -> dict[str, Any]:
        """What there is and how much waits for the controllers."""
        kinds = [kind for service in self.platform.services.values() for kind in service.controllers]
        now = self.platform.clock.now()

        def count(tx: Any) -> dict[str, Any]:
            due = tx.next_due(tuple(kinds))
            late = 0.0 if due is None else max(0.0, now - due)
            return {
                "resources": {kind: tx.count(kind, None) for kind in kinds},
                "late_seconds": round(late, 3),
            }

        return await self.platform.store.run(count, write=False) | {"runs": len(self.platform.runs.runs())}

    async def _reset(self, request: Request) -> Response:
        """Forget everything; the first account stays what it is."""
        if not self.options.allow_reset:
            return _json(403, {"message": "This platform was started without --allow-reset."})
        await self._require_root(request)
        self.platform.store.wipe()
        found_account(self.home, self.options, self.platform.store)
        self.platform.authorizer.forget()
        await self._end_runs()  # not before: who still had a record would be started again
        await self.platform.objects.sweep(set(), older_than=0)
        return _json(200, {"status": "reset"})

    async def _end_runs(self) -> None:
        """Kill what runs and forget it, also what a controller was just starting. ServiceUnavailable when it lasts."""
        runs = self.platform.runs
        end = time.monotonic() + _ENDING_SECONDS
        while left := await asyncio.to_thread(runs.runs):
            if time.monotonic() > end:
                message = f"All is forgotten but these runs, which have not ended: {', '.join(left)}."
                raise AwsError("ServiceUnavailable", message, 503)
            for run_id in left:
                await asyncio.to_thread(_end_run, runs, run_id)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _create_account(self, request: Request) -> Response:
        """Another account with a root key of its own: for the first account's root alone."""
        await self._require_root(request)
        try:
            wanted = json.loads(bytes(request.body))
            account, key, secret = (
                str(wanted[name]) for name in ("account", "access_key_id", "secret_access_key")
            )
            await self.platform.store.run(lambda tx: ensure_account(tx, account, key, secret), write=True)
        except (ValueError, TypeError, LookupError) as error:
            return _json(400, {"message": f"This makes no account: {error}."})
        return _json(200, {"account": account, "access_key_id": key})

    async def _credentials(self, request: Request, path: str) -> Response:
        """The container-credentials protocol: temporary keys of the role of a run that goes on, for its token."""
        try:
            found = await grants.keys_of(self.platform, path, request.headers.get("authorization", ""))
        except AwsError as refusal:
            return _json(refusal.status, {"code": refusal.code, "message": refusal.message})
        key = found.credential
        return _json(
            200,
            {
                "AccessKeyId": key.access_key_id,
                "SecretAccessKey": key.secret,
                "Token": key.token,
                "Expiration": _iso(key.expires or self.platform.clock.now() + 3600),
                "RoleArn": found.role,
            },
        )

    async def _require_root(self, request: Request) -> None:
        """Raises unless the request is signed by the first account's root with a key of its own: a session that root
        gave away may be narrowed, and nothing here would ask by how much."""
        signature = sigv4.read(request)
        if signature is None:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        credential = await self.platform.authorizer.credential(signature.access_key_id)
        if credential is None or not self._is_first_root(credential):
            raise AwsError("AccessDenied", "Only the root user of the first account may do this.", 403)
        sigv4.verify(request, signature, credential.secret, self.platform.clock.now())

    def _is_first_root(self, credential: Credential) -> bool:
        first = json.loads(self.home.identity.read_text())["account"]
        own = credential.active and not credential.token
        return own and credential.caller.is_root and credential.caller.account == first


def _end_run(runs: Executor, run_id: str) -> None:
    """One step towards its end; the last is to forget it."""
    if runs.inspect(run_id).phase in ("exited", "lost"):
        runs.forget(run_id)
    else:
        runs.stop(run_id, grace=0)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(status: int, value: Any) -> Response:
    return Response(status, [("content-type", "application/json")], json.dumps(value).encode())
