"""A platform of our own in a folder of its own: started, spoken to by unmodified boto3, and taken down again."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from bench.load import Canned
from bench.processes import Server, free_port
from clary.cli.home import Home as ClientHome

_REGION = "us-east-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class Ours:
    """Clary in `folder`. `server` is the warden with all that it and the jobs started."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None, gateways: int = 1) -> None:
        self.home = folder / "home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        words = ["-m", "clary.server", "warden", "--home", str(self.home), "--port", str(self.port)]
        words += ["--gateways", str(gateways)]
        self.server = Server(
            "clary", [sys.executable, *words], env=env, log=folder / "clary.log", marks=(str(self.home),)
        )

    def is_healthy(self) -> bool:
        with urllib.request.urlopen(f"{self.endpoint}/_clary/health", timeout=2) as answer:
            return answer.status == 200

    def wait(self) -> float:
        """Seconds from the start until health says ok."""
        return self.server.wait(self.is_healthy)

    def client(self, service: str) -> Any:
        """A boto3 client as the first account's root."""
        identity = ClientHome(self.home).identity()
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=_REGION,
            aws_access_key_id=identity.access_key_id,
            aws_secret_access_key=identity.secret_access_key,
            config=Config(retries={"max_attempts": 0, "mode": "standard"}),
        )

    def role(self) -> str:
        """The ARN of a role that jobs may take, with all of S3."""
        iam = self.client("iam")
        arn = iam.create_role(RoleName="Bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName="Bench", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        return arn

    def __enter__(self) -> Ours:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


def canned(client: Any, call: Callable[[Any], Any]) -> Canned:
    """The request that boto3 makes of a call: signed by botocore, good for a quarter of an hour."""
    caught: list[AWSPreparedRequest] = []

    def catch(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        caught.append(request)
        return None  # let it go on its way

    client.meta.events.register("before-send", catch)
    try:
        call(client)
    finally:
        client.meta.events.unregister("before-send", catch)
    request = caught[-1]
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
        if name.lower() not in ("content-length", "expect")  # wrk does not wait for a "100 Continue"
    }
    body: Any = request.body or b""
    if hasattr(body, "read"):  # an upload's, which has been sent
        body.seek(0)
        body = body.read()
    return Canned(request.url, request.method, headers, body.encode() if isinstance(body, str) else body)
