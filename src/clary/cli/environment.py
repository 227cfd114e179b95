"""`clary env`: the variables with which unmodified AWS clients find a platform, in a shell's own words.

It knows which variables clients read; it starts nothing.
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
from clary.cli.home import Home, Identity, home_at, up_command, write_private

ROLE = "ClaryExecutionRole"
# As botocore has it (utils.validate_region_name): a label of a host name.
_REGION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# What a user's shell may hold that would outweigh or contradict ours
# (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
_IN_THE_WAY = (
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
# Members of the SDKs' defaults file that hold a role; both lines' schemas have exactly these for what Clary runs
# (sagemaker.config.config_schema of 2.257 and sagemaker.core.config.config_schema of 3.27). Transform jobs have none.
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
    parser = commands.add_parser("env", help="print what a shell needs to use the platform")
    add_identity_options(parser)
    parser.add_argument("--shell", choices=("sh", "fish", "json"), default="sh", help="in which words (sh)")
    parser.set_defaults(command=command)


def add_identity_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that acts as somebody somewhere."""
    parser.add_argument("--home", help="the platform's folder (CLARY_HOME, else ~/.clary)")
    parser.add_argument(
        "--account", default="", metavar="NAME", help="as the root of an account of `account create`"
    )
    parser.add_argument("--region", type=region, help="the AWS region to name (us-east-1)")


def region(text: str) -> str:
    """A region's name: it becomes part of host names and of a file's name."""
    if not _REGION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no region's name, such as us-east-1")
    return text


def command(args: argparse.Namespace) -> int:
    """Print the variables; a platform that is not up gets a word on standard error."""
    home = home_at(args.home)
    identity, region = home.identity(args.account), home.location().region(args.region)
    endpoint = home.endpoint()
    if endpoint is None:
        print(
            f"clary: the platform of {home.path} is not up; start it with: {up_command(home.path)}",
            file=sys.stderr,
        )
        endpoint = home.last_endpoint()
    if endpoint is None:
        raise CliError("the platform has no address yet")
    sys.stdout.write(written(variables(home, identity, endpoint, region, args.account), args.shell))
    return 0


def variables(
    home: Home, identity: Identity, endpoint: str, region: str, account: str = ""
) -> dict[str, str]:
    """The variables as names and values; writes the SDKs' defaults file that one of them names."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": identity.access_key_id,
        "AWS_SECRET_ACCESS_KEY": identity.secret_access_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(write_sdk_config(home, identity, region, account)),
    }


def in_the_way(environ: Mapping[str, str]) -> list[str]:
    """Variables to unset: those of old sessions and profiles, and addresses of single services."""
    return [*_IN_THE_WAY, *sorted(name for name in environ if name.startswith("AWS_ENDPOINT_URL_"))]


def sdk_config(account: str, region: str, partition: str) -> str:
    """The defaults file of both lines of the SageMaker Python SDK: bucket, role, telemetry off."""
    role = f"arn:{partition}:iam::{account}:role/{ROLE}"
    return _CONFIG.format(bucket=f"sagemaker-{region}-{account}", role=role)


def write_sdk_config(home: Home, identity: Identity, region: str, account: str = "") -> Path:
    """Write the defaults file where it is not what it should be; one for each account and region."""
    location = home.location()
    special = "-".join(part for part in (account, region if region != location.usual else "") if part)
    path = home.path / f"sdk-config-{special}.yaml" if special else home.sdk_config
    text = sdk_config(identity.account, region, location.partition)
    if not path.exists() or path.read_text() != text:
        write_private(path, text)
    return path


def written(values: Mapping[str, str], shell: str) -> str:
    """The variables in the words of a shell, ready for `eval`."""
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
    """In fish, single quotes know two escapes: of a quote and of a backslash."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
