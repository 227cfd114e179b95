"""GET /_clary/credentials/…: a job's token opens the keys of its own role, while it runs
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.conftest import ACCOUNT
from tests.inprocess import ENDPOINT, InProcess
from tests.support.principals import TRUST
from tests.support.sagemaker_requests import training_request


def test_a_token_is_good_for_one_job_and_not_for_the_next_of_its_name(
    app: InProcess,
    client: Callable[..., Any],
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    iam, sm = client("iam"), client("sagemaker")
    for name in ("Weak", "Strong"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))

    def started(role: str) -> tuple[str, str]:
        request = training_request(f"arn:aws:iam::{ACCOUNT}:role/{role}")
        del request["InputDataConfig"]
        sm.create_training_job(**request)
        controllers.once()
        (spec,) = runs.specs.values()
        return urlsplit(spec.credentials_uri).path, spec.credentials_token

    def opened(path: str, token: str) -> tuple[int, str]:
        status, _, body = app.request("GET", ENDPOINT + path, {"authorization": token})
        return status, json.loads(body).get("RoleArn", "")

    path, weak = started("Weak")
    assert opened(path, weak) == (200, f"arn:aws:iam::{ACCOUNT}:role/Weak")
    runs.finish(next(iter(runs.specs)))
    for _ in range(4):
        controllers.once()
        clock.advance(1)
    assert opened(path, weak)[0] == 404
    sm.delete_training_job(TrainingJobName="job-1")
    again, strong = started("Strong")
    assert again != path
    assert opened(again, strong) == (200, f"arn:aws:iam::{ACCOUNT}:role/Strong")
    for address, token in ((again, weak), (path, weak), (path, strong)):
        assert opened(address, token)[0] == 403
