"""What tests share: a fresh platform in a temporary home, and unmodified boto3 clients of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server import moves
from clary.server.assemble import Options, assemble
from clary.server.gateway import Gateway
from clary.server.home import Home
from clary.server.local_api import LocalApi
from clary.server.loop import Controllers
from tests.inprocess import InProcess, Loop
from tests.support.homes import fresh_home, roots_read_once
from tests.support.live import Live, make_role, short_folder
from tests.support.routers import router_of
from tests.support.shared_documents import changed_documents

ROOT_KEY = "AKIAROOTROOTROOTROOT"
ROOT_SECRET = "root-secret-root-secret-root-secret-root"
ACCOUNT = "111122223333"
LONGEST_TURN = "0.1"  # seconds of CPU
SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(autouse=True)
def _no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may pick up the credentials or the endpoint of the user who runs it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session", autouse=True)
def _roots_are_read_once() -> Iterator[None]:
    with roots_read_once():
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(time.time())


@pytest.fixture
def runs() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def options() -> Options:
    return Options(account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, allow_reset=True)


@pytest.fixture
def platform(tmp_path: Path, clock: FakeClock, runs: FakeExecutor, options: Options) -> Iterator[Platform]:
    """A platform with a clock that stands still and an executor that does what tests say."""
    built = assemble(fresh_home(tmp_path / "home", options), options, clock=clock, runs=runs)
    yield built
    assert not changed_documents(built), "a list has changed a document that later lists are given"
    built.store.close()


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def shared_live() -> Iterator[Live]:
    """A platform of real processes for the suites whose tests leave it as it is and have names of their own. At its end,
    no call may have held the gateway's event loop for long."""
    folder = short_folder()
    # Room for all jobs at once: what waits for capacity is tested elsewhere.
    env = {"CLARY_CAPACITY_VCPUS": "64", "CLARY_SLOW_TURNS": LONGEST_TURN}
    live = Live(folder / "home", env=env).start()
    yield live
    held = live.slow_turns()
    live.clear()
    shutil.rmtree(folder)
    assert held == [], "what takes this long must run in a lane that has threads (ARCHITECTURE.md)"


@pytest.fixture(scope="session")
def jobs_role(shared_live: Live) -> str:
    """A role there that SageMaker may take and that may use S3; its name is `Jobs`."""
    return make_role(shared_live)


@pytest.fixture
def app(platform: Platform, loop: Loop, options: Options) -> Iterator[InProcess]:
    local = LocalApi(platform, Home(platform.settings.home), options)
    app = InProcess(Gateway(platform, router_of(platform), local), loop)
    yield app
    app.close()


@pytest.fixture
def client(app: InProcess) -> Callable[..., Any]:
    """`client("s3")`: boto3 as the root user; `client("s3", key=…, secret=…, token=…)` as somebody else."""

    def make(
        service: str, key: str = ROOT_KEY, secret: str = ROOT_SECRET, token: str | None = None, **options: Any
    ) -> Any:
        return app.client(service, key, secret, token, **options)

    return make


@pytest.fixture
def controllers(platform: Platform, tmp_path: Path) -> Controllers:
    """The controllers, to be moved turn by turn with `once()`."""
    return Controllers(platform, str(tmp_path / "c.bell"))


@pytest.fixture
def move(platform: Platform, loop: Loop) -> Callable[[float], None]:
    """`move(3600)`: business time goes an hour forward, the machine's stands still."""
    return lambda seconds: loop.run(moves.move(platform, moves.by(seconds)))


@pytest.fixture
def shared() -> Path:
    """Reference data beside the checkout; a user's clone does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the reference data (../shared) is not here")
    return SHARED
