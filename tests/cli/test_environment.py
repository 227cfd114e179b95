"""`clary env`: what shells make of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from clary.cli import environment
from clary.cli.home import Home
from clary.cli.main import main
from tests.cli.conftest import ACCOUNT

_VARIABLES = {"AWS_SECRET_ACCESS_KEY": "it's/se\\cret $HOME `x`", "AWS_REGION": "us-east-1"}


def test_sh_reads_every_value_as_it_is_and_forgets_what_is_in_the_way() -> None:
    script = environment.written(_VARIABLES, "sh")
    script += 'printf "%s|%s|%s" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION" "${AWS_PROFILE-none}"'
    got = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env={"AWS_PROFILE": "mine"}
    )
    assert got.stdout == f"{_VARIABLES['AWS_SECRET_ACCESS_KEY']}|us-east-1|none"


def test_fish_quotes_escape_quotes_and_backslashes() -> None:
    # https://fishshell.com/docs/current/language.html#quotes
    assert r"set -gx AWS_SECRET_ACCESS_KEY 'it\'s/se\\cret $HOME `x`'" in environment.written(
        _VARIABLES, "fish"
    )
    assert "set -e AWS_PROFILE\n" in environment.written(_VARIABLES, "fish")


def test_json_is_the_variables_alone() -> None:
    assert json.loads(environment.written(_VARIABLES, "json")) == _VARIABLES


def test_addresses_of_single_services_are_in_the_way() -> None:
    found = environment.in_the_way({"AWS_ENDPOINT_URL_S3": "x", "AWS_ENDPOINT_URL": "y"})
    assert "AWS_ENDPOINT_URL_S3" in found
    assert "AWS_ENDPOINT_URL" not in found
    assert "AWS_SESSION_TOKEN" in found


def test_the_command_names_the_living_endpoint(running: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "--home", str(running.path), "--shell", "json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["AWS_ENDPOINT_URL"] == running.endpoint()
    assert values["AWS_SECRET_ACCESS_KEY"] == running.identity().secret_access_key
    assert values["AWS_DEFAULT_REGION"] == values["AWS_REGION"] == "us-east-1"


@pytest.mark.parametrize(
    ("partition", "regions", "usual"),
    [
        ("aws", ["eu-west-1", "us-east-1"], "us-east-1"),
        ("aws", ["eu-west-1", "eu-west-2"], "eu-west-1"),
        ("aws-cn", ["cn-north-1", "cn-northwest-1"], "cn-north-1"),
        ("aws-us-gov", ["us-gov-east-1", "us-gov-west-1"], "us-gov-west-1"),
    ],
)
def test_the_region_is_one_of_the_platforms(
    running: Home, capsys: pytest.CaptureFixture[str], partition: str, regions: list[str], usual: str
) -> None:
    (running.path / "location.json").write_text(json.dumps({"partition": partition, "regions": regions}))
    assert main(["env", "--home", str(running.path), "--shell", "json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["AWS_REGION"] == values["AWS_DEFAULT_REGION"] == usual
    config = Path(values["SAGEMAKER_USER_CONFIG_OVERRIDE"]).read_text()
    assert f"RoleArn: arn:{partition}:iam::{ACCOUNT}:role/ClaryExecutionRole" in config
    for command in (["env"], ["run"]):
        words = [
            *command,
            "--home",
            str(running.path),
            "--region",
            "ap-south-1",
            *(["true"] * (command == ["run"])),
        ]
        assert main(words) == 1
        assert capsys.readouterr().err == (
            f"clary: ap-south-1 is not a region of this platform, which has {', '.join(regions)}\n"
        )


def test_a_platform_that_is_not_up_is_told_on_standard_error(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.path / "run/address.json").write_text('{"endpoint": "http://127.0.0.1:9", "pid": 1}')
    assert main(["env", "--home", str(home.path)]) == 0
    out, err = capsys.readouterr()
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:9" in out
    assert "is not running" in err


def test_without_a_platform_there_is_one_line_and_no_variable(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["env", "--home", f"{tmp_path}/none"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("clary: there is no platform in")
    assert err.count("\n") == 1


def test_the_defaults_file_names_bucket_role_and_no_telemetry(home: Home) -> None:
    # The members are those of both SDK lines' config_schema.
    path = environment.write_sdk_config(home, home.identity(), "eu-west-1")
    text = path.read_text()
    assert f"DefaultS3Bucket: sagemaker-eu-west-1-{ACCOUNT}" in text
    assert text.count(f"arn:aws:iam::{ACCOUNT}:role/ClaryExecutionRole") == 9
    assert "TelemetryOptOut: true" in text
    assert path != environment.write_sdk_config(home, home.identity(), "us-east-1")
