"""What a job may do and see: its own role's rights while it runs, and nothing of the platform or of other jobs."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.runs.isolation import survey
from tests.support.live import Live, make_role
from tests.support.live_jobs import channel, ended, put_script, script_job
from tests.support.waiting import until

# Writes down what it was given and what it can see, then waits until it is stopped.
SPY = """
import json, os, pathlib, sys, time
wanted = json.load(open("/opt/ml/input/config/hyperparameters.json"))
found = {"env": dict(os.environ), "read": {}, "cmdlines": []}
for name in wanted["paths"].split("|"):
    path = pathlib.Path(name)
    try:
        found["read"][name] = sorted(os.listdir(path)) if path.is_dir() else path.read_bytes().hex()[:60]
    except OSError as error:
        found["read"][name] = type(error).__name__
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        found["cmdlines"].append(open(f"/proc/{pid}/cmdline").read())
    except OSError:
        pass
print("SPY " + json.dumps(found), flush=True)
pathlib.Path("/opt/ml/model/found.json").write_text(json.dumps(found))
while wanted["wait"] == "yes":
    time.sleep(0.05)
"""


def spy(live: Live, role: str, name: str, paths: list[str], wait: str = "no") -> None:
    put_script(live, SPY, "spy")
    request = script_job(role, name, "spy", HyperParameters={"paths": "|".join(paths), "wait": wait})
    live.client("sagemaker").create_training_job(**request)


def report(live: Live, name: str) -> dict[str, Any]:
    body = live.client("s3").get_object(Bucket="data", Key=f"out/{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        file = tar.extractfile("found.json")
        assert file is not None
        return json.loads(file.read())


def said_in_log(live: Live, name: str) -> dict[str, Any] | None:
    logs, group = live.client("logs"), "/aws/sagemaker/TrainingJobs"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return None
    for event in logs.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{name}/")["events"]:
        if event["message"].startswith("SPY "):
            return json.loads(event["message"][4:])
    return None


def test_a_job_cannot_read_the_platform(live: Live, role: str) -> None:
    if survey(live.home.path).method == "none":
        pytest.skip("no isolation works on this machine; `clary doctor` says so")
    home = str(live.home.path)
    secrets = [
        home, f"{home}/identity.json", f"{home}/token.key", f"{home}/proxy.key", f"{home}/ca/ca.key",
        f"{home}/clary.db", f"{home}/runs", f"{home}/objects", f"{home}/run",
    ]  # fmt: skip
    spy(live, role, "spy-home", secrets)
    assert ended(live, "spy-home")["TrainingJobStatus"] == "Completed"
    found = report(live, "spy-home")
    for path, seen in found["read"].items():
        assert seen in ("FileNotFoundError", "PermissionError", []), (path, seen)
    root = live.identity
    whole = json.dumps(found)
    assert root["secret_access_key"] not in whole
    assert root["access_key_id"] not in whole
    assert not any("clary.server" in line for line in found["cmdlines"]), "it sees the platform's processes"


def test_credentials_are_for_the_jobs_own_token_and_while_it_runs(live: Live, role: str) -> None:
    for name in ("mine", "other"):
        spy(live, role, name, ["/opt/ml"], wait="yes")
    until(lambda: said_in_log(live, "mine") and said_in_log(live, "other"), 60, 0.1)
    mine, other = (said_in_log(live, name) or {} for name in ("mine", "other"))
    path = mine["env"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"].removeprefix(live.endpoint)
    token, others = (found["env"]["AWS_CONTAINER_AUTHORIZATION_TOKEN"] for found in (mine, other))
    answer, _, body = live.raw("GET", path, headers={"Authorization": token})
    assert answer == 200
    keys = json.loads(body)
    client = live.client("sts", keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"])
    assert ":assumed-role/Jobs/" in client.get_caller_identity()["Arn"]
    for wrong in (others, "", "x", token[:-1], token + "0"):
        assert live.raw("GET", path, headers={"Authorization": wrong})[0] == 403
    assert live.raw("GET", path)[0] == 403
    for name in ("mine", "other"):
        live.client("sagemaker").stop_training_job(TrainingJobName=name)
        assert ended(live, name)["TrainingJobStatus"] == "Stopped"
    answer, _, body = live.raw("GET", path, headers={"Authorization": token})
    assert answer == 404, "a token that outlives its job"


@pytest.mark.parametrize("path", ["x", "TrainingJob", "TrainingJob/1/2", "TrainingJob/../../etc/passwd", ""])
def test_paths_of_no_job_have_no_token(live: Live, path: str) -> None:
    for token in ("", "x", "é"):
        answer, _, body = live.raw(
            "GET",
            f"/_clary/credentials/{path}",
            headers={"Authorization": token.encode("latin-1")},  # type: ignore[dict-item]
        )
        assert answer in (403, 404), body


def test_a_job_has_its_roles_rights_and_no_more(live: Live) -> None:
    weak = make_role(live, "WeakJobs", s3=False)
    put_script(live, "print('never')", "weak")
    request = script_job(weak, "weak", "weak")
    with pytest.raises(ClientError, match='has "s3:ListBucket" permissions on bucket "data"'):
        live.client("sagemaker").create_training_job(**request)
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    live.client("iam").put_role_policy(
        RoleName="WeakJobs",
        PolicyName="look",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    live.client("sagemaker").create_training_job(**request)
    job = ended(live, "weak")
    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"] or "403" in job["FailureReason"], job["FailureReason"]


@pytest.mark.parametrize("name", ["../../escape", "..", "a/b", "/etc", "a b"])
def test_a_channels_name_is_no_path(live: Live, role: str, name: str) -> None:
    request = script_job(role, "bad-channel", InputDataConfig=[channel("s3://data/code/", name)])
    with pytest.raises(Exception, match="ValidationException"):
        live.client("sagemaker").create_training_job(**request)


def test_keys_that_climb_stay_where_they_are_fetched_to(live: Live, role: str) -> None:
    """S3 knows no folders: `../` is four letters of a key. A download must not climb by them."""
    s3 = live.client("s3")
    s3.put_object(Bucket="data", Key="climb/main.py", Body=b"print('ran')")
    s3.put_object(Bucket="data", Key="climb/../../../../escaped", Body=b"out")
    assert s3.get_object(Bucket="data", Key="climb/../../../../escaped")["Body"].read() == b"out"
    live.client("sagemaker").create_training_job(
        **script_job(role, "climb", InputDataConfig=[channel("s3://data/climb/", "code")])
    )
    job = ended(live, "climb")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"]
    assert not list(live.home.path.rglob("escaped"))


def test_a_key_is_never_a_path_of_the_home(live: Live, s3: Any) -> None:
    for key in ("../identity.json", "../../identity.json", "/etc/passwd", "a/../../b", "%2e%2e/x", ".", ".."):
        s3.put_object(Bucket="data", Key=key, Body=key.encode())
        assert s3.get_object(Bucket="data", Key=key)["Body"].read() == key.encode()
    assert live.identity["account"]
    assert live.raw("GET", "/data/../../../../../../etc/passwd")[0] in (400, 403, 404)
