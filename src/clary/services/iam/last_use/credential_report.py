"""GenerateCredentialReport and GetCredentialReport."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import errors
from clary.services.iam.last_use import credential_rows, reports
from clary.services.iam.service import iam, operation

Params = dict[str, Any]
_KIND = "credentials"
_FRESH = 4 * 3600.0  # seconds of business time ("as often as once every four hours", IAM User Guide)


@iam.operation(lane="compute")
def generate_credential_report(ctx: Context, params: Params) -> Params:
    """Make a report unless there is one of the last four hours. It is complete when this answers."""
    with ctx.transaction() as inner:
        held = reports.get(inner, _KIND, "")
        if held is not None and ctx.business.age(held[0]) <= _FRESH:
            return {"State": "COMPLETE"}
        text = credential_rows.csv_of(inner)
    with ctx.transaction(write=True) as inner:
        reports.put(inner, _KIND, "", {"text": text})
    # What AWS answers to the first request (aws-cli's example of generate-credential-report).
    description = "No report exists. Starting a new report generation task"
    return {"State": "STARTED", "Description": description}


@operation()
def get_credential_report(ctx: Context, params: Params) -> Params:
    held = reports.get(ctx, _KIND, "")
    if held is None:
        raise errors.AwsError("ReportNotPresent", "Unknown", 410)
    if ctx.business.age(held[0]) > _FRESH:
        raise errors.AwsError("ReportExpired", "Unknown", 410)
    created, report = held
    return {"Content": report["text"].encode(), "ReportFormat": "text/csv", "GeneratedTime": created}
