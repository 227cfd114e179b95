"""A batch job on a platform of real processes: the controllers read its list and write its report, the gateway does its tasks."""

from __future__ import annotations

from typing import Any

import boto3.session
from botocore.config import Config

from clary.cli.home import Home as ClientHome
from tests.support.live import Live
from tests.support.principals import allow, role, trust
from tests.support.waiting import until

KEYS = [f"key-{number}" for number in range(100)]


def by_proxy(live: Live) -> Any:
    """A client that asks AWS's own host, since it puts the account before any other, which no machine resolves."""
    root = live.identity
    proxy = f"http://clary:{ClientHome(live.home.path).proxy_token()}@127.0.0.1:{live.port}"
    return boto3.session.Session(region_name="us-east-1").client(
        "s3control",
        aws_access_key_id=root["access_key_id"],
        aws_secret_access_key=root["secret_access_key"],
        verify=str(live.home.ca / "bundle.pem"),
        config=Config(proxies={"https": proxy}),
    )


def test_a_job_is_done_within_seconds(shared_live: Live) -> None:
    s3, control = shared_live.client("s3"), by_proxy(shared_live)
    account = shared_live.client("sts").get_caller_identity()["Account"]
    s3.create_bucket(Bucket="batch-e2e")
    for key in KEYS:
        s3.put_object(Bucket="batch-e2e", Key=key, Body=b"1")
    worker = role(
        shared_live.client,
        trust({"Service": "batchoperations.s3.amazonaws.com"}),
        allow("s3:*"),
        name="BatchWorker",
    )
    generator = {"SourceBucket": "arn:aws:s3:::batch-e2e", "EnableManifestOutput": False}
    job = control.create_job(
        AccountId=account,
        ConfirmationRequired=False,
        Operation={"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}},
        ManifestGenerator={"S3JobManifestGenerator": generator},
        Report={
            "Enabled": True,
            "Bucket": "arn:aws:s3:::batch-e2e",
            "Format": "Report_CSV_20180820",
            "ReportScope": "AllTasks",
        },
        Priority=1,
        RoleArn=worker,
    )["JobId"]

    def described() -> Any:
        return control.describe_job(AccountId=account, JobId=job)["Job"]

    until(lambda: described()["Status"] == "Complete", 30, 0.02, str(described()))
    assert described()["ProgressSummary"]["NumberOfTasksSucceeded"] == len(KEYS)
    assert s3.get_object_tagging(Bucket="batch-e2e", Key=KEYS[-1])["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.head_object(Bucket="batch-e2e", Key=f"job-{job}/manifest.json")
