"""POST /_clary/accounts/ACCOUNT/rotate-key: the old key stops, the new one works, and no kill in between leaves a home
whose key opens nothing. AWS has no such call; the rules are those of docs/reference/local-api.md."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from clary.cli.home import Home as ClientHome
from clary.kernel import AwsError, FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server import root_keys
from clary.server.accounts import ensure_account
from clary.server.assemble import Options, assemble
from clary.server.gateway import Gateway
from clary.server.home import Home, read_json
from clary.server.local_api import LocalApi
from clary.services import load_services
from clary.wire import Router
from tests.inprocess import ENDPOINT, InProcess, Loop

ACCOUNT, OTHER = "111122223333", "444455556666"
Keys = tuple[str, str]
OTHERS: Keys = ("AKIAOTHEROTHEROTHER0", "s" * 40)


@pytest.fixture
def options() -> Options:
    """The account alone is given: a key that is given cannot be rotated."""
    return Options(account=ACCOUNT)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
def platform(home: Home, clock: FakeClock, runs: FakeExecutor, options: Options) -> Iterator[Platform]:
    with opened(home, clock, runs, options) as built:
        yield built


class opened:
    """A platform over the home, as a process that starts has it."""

    def __init__(self, home: Home, clock: FakeClock, runs: FakeExecutor, options: Options) -> None:
        services = load_services("iam", "sts")
        self.platform = assemble(home, options, clock=clock, runs=runs, services=services)

    def __enter__(self) -> Platform:
        return self.platform

    def __exit__(self, *_: Any) -> None:
        self.platform.store.close()


def app_of(platform: Platform, home: Home, options: Options, loop: Loop) -> InProcess:
    router = Router([service.model for service in platform.services.values()])
    return InProcess(Gateway(platform, router, LocalApi(platform, home, options)), loop)


@pytest.fixture
def app(platform: Platform, home: Home, options: Options, loop: Loop) -> InProcess:
    return app_of(platform, home, options, loop)


def kept(home: Home, name: str = "") -> Keys:
    """The key that `clary env` prints."""
    found = ClientHome(home.path).identity(name)
    return found.access_key_id, found.secret_access_key


def works(app: InProcess, keys: Keys, token: str | None = None) -> str:
    """The account that these keys are of, '' when they belong to no account."""
    try:
        return app.client("sts", *keys, token).get_caller_identity()["Account"]
    except ClientError as error:
        assert_unknown(error)
        return ""


def assert_unknown(error: ClientError) -> None:
    assert error.response["Error"]["Code"] == "InvalidClientTokenId"


def rotate(app: InProcess, keys: Keys, account: str = ACCOUNT) -> tuple[int, dict[str, Any]]:
    request = AWSRequest("POST", f"{ENDPOINT}/_clary/accounts/{account}/rotate-key", data=b"")
    SigV4Auth(Credentials(*keys), "clary", "us-east-1").add_auth(request)
    status, _, body = app.request("POST", request.url, dict(request.headers.items()))
    return status, json.loads(body) if body.startswith(b"{") else {}


def test_the_old_key_stops_and_the_new_one_works_at_once(app: InProcess, home: Home) -> None:
    old = kept(home)
    assert works(app, old) == ACCOUNT  # it is remembered from now on for a second
    status, answer = rotate(app, old)
    assert status == 200
    new = answer["access_key_id"], answer["secret_access_key"]
    assert answer["account"] == ACCOUNT
    assert new == kept(home)
    assert works(app, old) == ""
    assert works(app, new) == ACCOUNT
    assert app.client("sts", *new).get_access_key_info(AccessKeyId=new[0])["Account"] == ACCOUNT
    assert stat.S_IMODE(home.identity.stat().st_mode) == 0o600
    assert read_json(home.identity).keys() == {"account", "access_key_id", "sealed"}
    assert rotate(app, old)[0] == 403
    assert rotate(app, new)[0] == 200


def test_all_that_the_old_key_opened_for_root_is_shut(app: InProcess, home: Home) -> None:
    """Who had the key may have made others of it: keys of root, and sessions of root."""
    old = kept(home)
    made = app.client("iam", *old).create_access_key()["AccessKey"]
    second = made["AccessKeyId"], made["SecretAccessKey"]
    token = app.client("sts", *old).get_session_token()["Credentials"]
    guest = app.client("sts", *old).get_federation_token(Name="guest")["Credentials"]
    sessions = [((one["AccessKeyId"], one["SecretAccessKey"]), one["SessionToken"]) for one in (token, guest)]
    iam_ = app.client("iam", *old)
    iam_.create_user(UserName="ann")
    users = iam_.create_access_key(UserName="ann")["AccessKey"]
    for keys, given in [(second, None), *sessions]:
        assert works(app, keys, given) == ACCOUNT
    assert rotate(app, old)[0] == 200
    for keys, given in [(second, None), *sessions]:
        assert works(app, keys, given) == ""
    # Users are others: their keys are theirs.
    assert works(app, (users["AccessKeyId"], users["SecretAccessKey"])) == ACCOUNT


def test_it_stays_so_after_a_restart(
    app: InProcess,
    home: Home,
    clock: FakeClock,
    runs: FakeExecutor,
    options: Options,
    loop: Loop,
) -> None:
    old = kept(home)
    rotate(app, old)
    with opened(home, clock, runs, options) as again:
        later = app_of(again, home, options, loop)
        assert works(later, kept(home)) == ACCOUNT
        assert works(later, old) == ""


@pytest.fixture
def other(platform: Platform, home: Home) -> Home:
    """A second account with two names, as `clary account create` keeps them."""
    home.accounts.mkdir(mode=0o700)
    for name in ("research", "the-same"):
        keys = {"account": OTHER, "access_key_id": OTHERS[0], "secret_access_key": OTHERS[1]}
        (home.accounts / f"{name}.json").write_text(json.dumps(keys))
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, *OTHERS)
    return home


def test_another_accounts_key(app: InProcess, other: Home) -> None:
    first = kept(other)
    assert works(app, OTHERS) == OTHER
    status, answer = rotate(app, first, OTHER)
    assert (status, answer["account"]) == (200, OTHER)
    new = answer["access_key_id"], answer["secret_access_key"]
    assert kept(other, "research") == kept(other, "the-same") == new
    assert works(app, new) == OTHER
    assert works(app, OTHERS) == ""
    assert kept(other) == first
    assert works(app, first) == ACCOUNT


def test_an_account_that_the_home_keeps_no_key_of(app: InProcess, platform: Platform, home: Home) -> None:
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, *OTHERS)
    status, answer = rotate(app, kept(home), OTHER)
    assert status == 200
    assert works(app, (answer["access_key_id"], answer["secret_access_key"])) == OTHER
    assert works(app, OTHERS) == ""


def test_who_may_not(app: InProcess, other: Home) -> None:
    assert rotate(app, OTHERS, OTHER)[0] == 403  # not even its own: only the first account may do it
    user = app.client("iam", *kept(other))
    user.create_user(UserName="ann")
    key = user.create_access_key(UserName="ann")["AccessKey"]
    assert rotate(app, (key["AccessKeyId"], key["SecretAccessKey"]))[0] == 403
    assert app.request("POST", f"{ENDPOINT}/_clary/accounts/{ACCOUNT}/rotate-key", {})[0] == 403
    assert works(app, OTHERS) == OTHER


@pytest.mark.parametrize(("account", "status"), [("999988887777", 404), ("12", 404), ("11112222333x", 404)])
def test_there_is_no_such_account(app: InProcess, home: Home, account: str, status: int) -> None:
    before = kept(home)
    assert rotate(app, before, account)[0] == status
    assert kept(home) == before
    assert works(app, before) == ACCOUNT


def test_a_key_that_a_variable_gives_is_not_rotated(
    home: Home, platform: Platform, options: Options, loop: Loop
) -> None:
    """The next start would bring it back."""
    given = replace(options, access_key_id="AKIAGIVENGIVENGIVEN0")
    app = app_of(platform, home, given, loop)
    before = kept(home)
    status, answer = rotate(app, before)
    assert (status, "CLARY_ROOT_ACCESS_KEY_ID" in answer["message"]) == (409, True)
    assert works(app, before) == ACCOUNT


def test_a_key_that_a_variable_replaces_stops(
    home: Home, clock: FakeClock, runs: FakeExecutor, options: Options, loop: Loop
) -> None:
    given = [
        replace(options, access_key_id=f"AKIAGIVENGIVENGIVEN{n}", secret_access_key="s" * 40) for n in "12"
    ]
    for one in (*given, *given):
        with opened(home, clock, runs, one) as platform:
            app = app_of(platform, home, one, loop)
            assert works(app, (one.access_key_id, one.secret_access_key)) == ACCOUNT
            assert kept(home) == (one.access_key_id, one.secret_access_key)
            (before,) = [other for other in given if other is not one]
            assert works(app, (before.access_key_id, before.secret_access_key)) == ""


# --- killed in between -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing after it is done, no clean-up either."""


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_whenever_it_is_killed_the_kept_key_works_after_the_next_start(
    platform: Platform,
    other: Home,
    clock: FakeClock,
    runs: FakeExecutor,
    options: Options,
    loop: Loop,
    monkeypatch: pytest.MonkeyPatch,
    account: str,
    step: int,
) -> None:
    """`step` writings are done, of the home and of the store; the next never happens."""
    names = [""] if account == ACCOUNT else ["research", "the-same"]
    old = kept(other, names[0])
    left = [step]

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return work(*args, **more)

        return done

    with monkeypatch.context() as patched:
        patched.setattr(root_keys, "write_identity", counted(root_keys.write_identity))
        patched.setattr(root_keys, "remove_root_keys", counted(root_keys.remove_root_keys))
        with suppress(Killed):
            root_keys._rotate(
                root_keys.Keeper(platform.store, other, platform.settings.sealing_key), options, account
            )
    with opened(other, clock, runs, options) as again:
        app = app_of(again, other, options, loop)
        for name in names:
            assert works(app, kept(other, name)) == account
        assert (kept(other, names[0]) == old) is (step == 0)
        assert works(app, old) == (account if step == 0 else "")
        assert "replaces" not in other.identity.read_text()
        assert not any("replaces" in path.read_text() for path in other.accounts.iterdir())


def test_a_store_that_refuses_leaves_the_key_of_before(
    platform: Platform,
    home: Home,
    app: InProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = kept(home)

    def full(*_: Any) -> None:
        raise AwsError("ServiceUnavailable", "There is no space left on the device.", 503)

    with monkeypatch.context() as patched:
        patched.setattr(root_keys, "remove_root_keys", full)
        assert rotate(app, old)[0] == 503
    assert kept(home) == old
    assert "replaces" not in home.identity.read_text()
    assert works(app, old) == ACCOUNT
