"""The errors of Parameter Store. Codes are the model's; sentences are AWS's where reports or its API reference show them."""

from __future__ import annotations

from clary.kernel import AwsError

# Reported by many users, for instance boto/boto3#1499 and localstack/localstack#7712.
BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
    "3 symbols .-_"
)
# Reported in aws-samples/resource-autotagger#1.
BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "
    '"/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or '
    "the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, "
    'if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


def not_found(name: str) -> AwsError:
    """Return the error for a name that means nothing here."""
    more = " Clary has none of AWS's public parameters." if name.startswith("/aws/service/") else ""
    return AwsError("ParameterNotFound", f"Parameter {name} not found.{more}")


def no_version(name: str, version: str | int) -> AwsError:
    said = f"Systems Manager could not find version {version} of {name}. Verify the version and try again."
    return AwsError("ParameterVersionNotFound", said)
