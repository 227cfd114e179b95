"""What a proxy password opens: the administrator's everything, a run's what is public, and only while the run goes on
(docs/how-to/security-model.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.server.proxy import Rights
from clary.server.proxy_passwords import ProxyPasswords
from tests.inprocess import Loop
from tests.support.sagemaker_requests import training_request

ADMINISTRATOR = "a" * 64


def passwords_of(runs: FakeExecutor) -> list[str]:
    """The passwords in the environments of all runs."""
    return [urlsplit(spec.proxy).password or "" for spec in runs.specs.values()]


def start(name: str, client: Callable[..., Any], controllers: Controllers, role: str) -> None:
    request = training_request(role) | {"TrainingJobName": name}
    del request["InputDataConfig"]
    client("sagemaker").create_training_job(**request)
    controllers.once()


def test_a_runs_password_opens_the_proxy_while_the_run_goes_on(
    platform: Platform,
    loop: Loop,
    client: Callable[..., Any],
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    role: str,
) -> None:
    judge = ProxyPasswords(platform, ADMINISTRATOR)
    start("job-1", client, controllers, role)
    (password,) = passwords_of(runs)
    assert loop.run(judge(password)) is Rights.RUN
    runs.finish(next(iter(runs.specs)))
    for _ in range(4):
        controllers.once()
        clock.advance(1)
    assert loop.run(judge(password)) is Rights.NOTHING
    client("sagemaker").delete_training_job(TrainingJobName="job-1")
    assert loop.run(judge(password)) is Rights.NOTHING
    start("job-1", client, controllers, role)
    assert loop.run(judge(password)) is Rights.NOTHING, "another run of the same name"


def test_every_run_has_a_password_of_its_own(
    client: Callable[..., Any], controllers: Controllers, runs: FakeExecutor, role: str
) -> None:
    for name in ("job-1", "job-2"):
        start(name, client, controllers, role)
    assert len(set(passwords_of(runs))) == 2


def test_what_is_no_password_opens_nothing(
    platform: Platform,
    loop: Loop,
    client: Callable[..., Any],
    controllers: Controllers,
    runs: FakeExecutor,
    role: str,
) -> None:
    judge = ProxyPasswords(platform, ADMINISTRATOR)
    assert loop.run(judge(ADMINISTRATOR)) is Rights.ADMINISTRATOR
    start("job-1", client, controllers, role)
    (right,) = passwords_of(runs)
    (spec,) = runs.specs.values()
    path, _, mac = right.partition(".")
    wrong = [
        "",
        ".",
        "x",
        "\xff",
        right[:-1],
        f"{path}.",
        f".{mac}",
        f"{path}.{'0' * 64}",
        f"{path}=.{mac}",
        ADMINISTRATOR[:-1],
    ]
    for password in (*wrong, spec.credentials_token):
        assert loop.run(judge(password)) is Rights.NOTHING, password
