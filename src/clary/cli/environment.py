"""`clary env`: print the environment variables with which unmodified AWS clients use a platform.

Knows which variables clients read; starts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from clary.cli.errors import CliError
from clary.cli.home import Home, Identity, home_at, write_private

ROLE = "ClaryExecutionRole"
# As in botocore (utils.validate_region_name): a label of a host name.
_REGION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Variables in a user's shell that would override or contradict ours
# (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
_IN_THE_WAY = (
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
# Members of the SDKs' defaults file that hold a role. The schemas of both SDK versions have exactly these for
# what Clary runs (sagemaker.config.config_schema of 2.257, sagemaker.core.config.config_schema of 3.27).
# Transform jobs have none.
_CONFIG = """\
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {bucket}
      RemoteFunction:
        RoleArn: {role}
      Serve:
        RoleArn: {role}
  TrainingJob:
    RoleArn: {role}
  ProcessingJob:
    RoleArn: {role}
  Model:
    ExecutionRoleArn: {role}
  MonitoringSchedule:
    MonitoringScheduleConfig:
      MonitoringJobDefinition:
        RoleArn: {role}
  AutoMLJob:
    RoleArn: {role}
  FeatureGroup:
    RoleArn: {role}
  Pipeline:
    RoleArn: {role}
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("env", help="print the environment variables for using the platform")
    add_identity_options(parser)
    parser.add_argument(
        "--shell", choices=("sh", "fish", "json"), default="sh", help="syntax of the output (sh)"
    )
    parser.set_defaults(command=command)


def add_identity_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of all commands that act as an account in a region."""
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.add_argument(
        "--account",
        default="",
        metavar="NAME",
        help="use the root user of this account (see `account create`)",
    )
    parser.add_argument("--region", type=region, help="the AWS region (us-east-1)")


def region(text: str) -> str:
    """Return a region's name, which becomes part of host names and of a file name. Raise ArgumentTypeError if
    invalid."""
    if not _REGION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a region, such as us-east-1")
    return text


def command(args: argparse.Namespace) -> int:
    """Print the variables. If the platform is not running, say so on standard error."""
    home = home_at(args.home)
    identity, region = home.identity(args.account), home.location().region(args.region)
    endpoint = home.endpoint()
    if endpoint is None:
        print(f"clary: {home.not_running()}", file=sys.stderr)
        endpoint = home.last_endpoint()
    if endpoint is None:
        raise CliError("the platform has never run, so it has no address yet")
    sys.stdout.write(written(variables(home, identity, endpoint, region, args.account), args.shell))
    return 0


def variables(
    home: Home, identity: Identity, endpoint: str, region: str, account: str = ""
) -> dict[str, str]:
    """Return the variables by name, and write the SDKs' defaults file that one of them points to."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": identity.access_key_id,
        "AWS_SECRET_ACCESS_KEY": identity.secret_access_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(write_sdk_config(home, identity, region, account)),
    }


def in_the_way(environ: Mapping[str, str]) -> list[str]:
    """Return variables to unset: those of old sessions and profiles, and endpoints of single services."""
    return [*_IN_THE_WAY, *sorted(name for name in environ if name.startswith("AWS_ENDPOINT_URL_"))]


def sdk_config(account: str, region: str, partition: str) -> str:
    """Return the defaults file for both versions of the SageMaker Python SDK: bucket, role, telemetry off."""
    role = f"arn:{partition}:iam::{account}:role/{ROLE}"
    return _CONFIG.format(bucket=f"sagemaker-{region}-{account}", role=role)


def write_sdk_config(home: Home, identity: Identity, region: str, account: str = "") -> Path:
    """Write the defaults file of an account and region unless it is up to date; return its path."""
    location = home.location()
    special = "-".join(part for part in (account, region if region != location.usual else "") if part)
    path = home.path / f"sdk-config-{special}.yaml" if special else home.sdk_config
    text = sdk_config(identity.account, region, location.partition)
    if not path.exists() or path.read_text() != text:
        write_private(path, text)
    return path


def written(values: Mapping[str, str], shell: str) -> str:
    """Return the variables in the syntax of a shell, for `eval`."""
    if shell == "json":
        return json.dumps(dict(values), indent=2) + "\n"
    unset = in_the_way(os.environ)
    if shell == "fish":
        return _lines(
            [*(f"set -e {name}" for name in unset), *(f"set -gx {n} {_fish(v)}" for n, v in values.items())]
        )
    return _lines([f"unset {' '.join(unset)}", *(f"export {n}={shlex.quote(v)}" for n, v in values.items())])


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _fish(value: str) -> str:
    """Quote a value for fish, whose single quotes know two escapes: of a quote and of a backslash."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
