"""BatchGetSecretValue: up to 20 secrets by name or by filters, each read as GetSecretValue reads it.

"You must have secretsmanager:BatchGetSecretValue, and secretsmanager:GetSecretValue for each secret; with filters also
secretsmanager:ListSecrets" (API reference).
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.secretsmanager.errors import invalid_parameter
from clary.services.secretsmanager.names import Params
from clary.services.secretsmanager.service import secretsmanager

_MOST = 20


@secretsmanager.operation(heavy=lambda params: "Filters" in params)
def batch_get_secret_value(ctx: Context, params: Params) -> Params:
    """Return the values that the caller may read, and an error for each of the others."""
    ids, filters = params.get("SecretIdList"), params.get("Filters")
    if bool(ids) == bool(filters):
        raise invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if ids and (params.get("MaxResults") or params.get("NextToken")):
        raise invalid_parameter(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        )
    found, more = (ids, {}) if ids else _listed(ctx, params)
    answer: Params = {"SecretValues": [], "Errors": []}
    for id in dict.fromkeys(found or []):
        try:
            answer["SecretValues"].append(ctx.call("secretsmanager", "GetSecretValue", {"SecretId": id}))
        except AwsError as error:
            if error.status >= 500:
                raise
            failed = {"SecretId": id, "ErrorCode": error.code, "Message": error.message}
            answer["Errors"].append(failed)
    return answer | more


def _listed(ctx: Context, params: Params) -> tuple[list[str], Params]:
    asked = {"Filters": params["Filters"], "MaxResults": params.get("MaxResults", _MOST)}
    if "NextToken" in params:
        asked["NextToken"] = params["NextToken"]
    page = ctx.call("secretsmanager", "ListSecrets", asked)
    more = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    return [entry["ARN"] for entry in page["SecretList"]], more
