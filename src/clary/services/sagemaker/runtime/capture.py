"""Data capture: sampled requests and answers as JSON Lines in S3
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html)."""

from __future__ import annotations

import base64
import logging
import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.access.directory import Credential, Directory
from clary.kernel import Arn, AwsError, Caller
from clary.plane import Context
from clary.plane.port import Plane
from clary.services.sagemaker.runtime.routes import Route, Variant
from clary.services.sagemaker.runtime.service import runtime
from clary.workloads import s3_data

log = logging.getLogger("clary.runtime")

_MOST_PENDING = 100_000
_BEFORE_EXPIRY = 300.0
Key = tuple[
    str, str, str, str, str
]  # the endpoint's ARN, the variant, its model's role, the destination, a KMS key or ''


class Capture:
    """Collects records in memory and writes them in files of about one second each."""

    def __init__(self, platform: Plane) -> None:
        self._platform = platform
        self._pending: dict[Key, list[bytes]] = defaultdict(list)
        self._full: set[Key] = set()
        self._refused: set[tuple[str, str]] = set()
        self._sessions: dict[tuple[str, str], Credential] = {}

    def add(
        self,
        ctx: Context,
        route: Route,
        variant: Variant,
        params: dict[str, Any],
        body: bytes,
        content_type: str,
    ) -> None:
        """Keep one invocation if capture is on and the sample takes it."""
        config = route.capture or {}
        if not config.get("EnableCapture") or random.random() * 100 >= config["InitialSamplingPercentage"]:
            return
        if variant.role is None:
            self._refuse(route, variant)
            return
        line = record_of(ctx, config, params, body, content_type)
        encrypted = config.get("KmsKeyId", "")
        key = (route.arn, variant.name, variant.role, config["DestinationS3Uri"], encrypted)
        if len(self._pending[key]) < _MOST_PENDING:
            self._pending[key].append(orjson.dumps(line))
        elif key not in self._full:
            self._full.add(key)
            log.warning(
                "more than %d captured invocations of %s wait; further ones are lost", _MOST_PENDING, key[0]
            )

    def _refuse(self, route: Route, variant: Variant) -> None:
        """Log once that an endpoint is not captured: it was made before capture needed a role."""
        if (route.arn, variant.name) not in self._refused:
            self._refused.add((route.arn, variant.name))
            log.warning(
                "invocations of variant %s of %s are not captured: its model has no execution role",
                variant.name,
                route.arn,
            )

    async def flush(self) -> None:
        """Write what was collected. What cannot be written now is kept for the next time; what is refused
        is dropped."""
        pending, self._pending = self._pending, defaultdict(list)
        self._full.clear()
        for key, lines in pending.items():
            try:
                await self._write(key, lines)
            except Exception as error:
                if not isinstance(error, AwsError) or error.status >= 500:
                    self._pending[key] = lines + self._pending[key]
                log.warning("%d captured invocations of %s were not stored: %s", len(lines), key[0], error)

    async def _write(self, key: Key, lines: list[bytes]) -> None:
        arn, variant, role, destination, kms_key = key
        endpoint = Arn.parse(arn)
        now = datetime.fromtimestamp(self._platform.clock.now(), UTC)
        stem = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{self._platform.ids.uuid()}"
        bucket, prefix = s3_data.split(destination)
        folder = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
        name = f"{folder}{endpoint.name}/{variant}/{now:%Y/%m/%d/%H}/{stem}.jsonl"
        body = b"\n".join(lines) + b"\n"
        params = {"Bucket": bucket, "Key": name, "Body": body, "ContentType": "application/jsonlines"}
        if kms_key:
            params |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
        caller = await self._as_role(role, endpoint)
        await self._platform.aperform("s3", "PutObject", params, caller, endpoint.region)

    async def _as_role(self, role: str, endpoint: Arn) -> Caller:
        """Return a session of the role of the model that answered: on AWS too, capture writes with the
        model's rights."""
        service = Caller.of_service(runtime.principal, endpoint.account, str(endpoint))
        known = self._sessions.get((role, service.source_arn))
        if known is None or (known.expires or 0) < self._platform.clock.now() + _BEFORE_EXPIRY:
            directory: Directory = self._platform.extras["directory"]
            known = self._sessions[role, service.source_arn] = await self._platform.store.run(
                lambda tx: directory.session_for_role(tx, role, "SageMaker", service), write=True
            )
        return known.caller


def record_of(
    ctx: Context, config: dict[str, Any], params: dict[str, Any], body: bytes, content_type: str
) -> dict[str, Any]:
    """Return one line of a capture file."""
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    data: dict[str, Any] = {}
    if modes & {"Input", "InputAndOutput"}:
        given = params.get("ContentType", "application/octet-stream")
        data["endpointInput"] = _side(config, given, "INPUT", params.get("Body", b""))
    if modes & {"Output", "InputAndOutput"}:
        data["endpointOutput"] = _side(config, content_type, "OUTPUT", body)
    moment = datetime.fromtimestamp(ctx.now, UTC)
    metadata: dict[str, Any] = {
        "eventId": ctx.platform.ids.uuid(),
        "inferenceTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    }
    if params.get("CustomAttributes"):
        metadata["customAttributes"] = [params["CustomAttributes"]]
    if params.get("InferenceId"):
        metadata["inferenceId"] = params["InferenceId"]
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _side(config: dict[str, Any], content_type: str, mode: str, payload: bytes) -> dict[str, str]:
    encoding = encoding_of(config.get("CaptureContentTypeHeader", {}), content_type)
    text = base64.b64encode(payload).decode() if encoding == "BASE64" else payload.decode("utf-8", "replace")
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}


def encoding_of(header: dict[str, list[str]], content_type: str) -> str:
    """Return CSV, JSON or BASE64, by the content types that the configuration names."""
    plain = content_type.partition(";")[0].strip().lower()
    if plain in [value.lower() for value in header.get("CsvContentTypes", ["text/csv"])]:
        return "CSV"
    if plain in [value.lower() for value in header.get("JsonContentTypes", ["application/json"])]:
        return "JSON"
    return "BASE64"
