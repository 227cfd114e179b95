"""Every declared noun of every service, through boto3: what a declaration promises is the same for all of them.

One platform serves them all, for making one takes longer than most of these tests: each test has names of its own.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import StructureShape

from clary.kernel import FakeClock
from clary.plane import Noun as Declared
from clary.plane import Service
from clary.plane.nouns.dialects import SAGEMAKER
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.server.gateway import Gateway
from clary.server.local_api import LocalApi
from clary.services import load_services
from tests.conformance.inputs import NEEDS, ROLE, is_token, smallest
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import InProcess, Loop
from tests.support.homes import fresh_home
from tests.support.principals import TRUST
from tests.support.refusals import code_and_message
from tests.support.routers import router_of
from tests.support.shared_documents import changed_documents


def nouns() -> list[Any]:
    """SageMaker's whose Create operation asks for their name: other services tag and list in other words, and other nouns,
    such as those that are named within another one, are made in their own ways."""
    return [
        pytest.param(service, resource, id=f"{service.name}-{resource.name}")
        for service in load_services().values()
        for resource in service.nouns.values()
        if service.dialect is SAGEMAKER and "AddTags" in service.model.operations
        if len(resource.named.members) == 1
        if resource.key_member in _asked(service, f"Create{resource.name}")
    ]


def _asked(service: Service, operation: str) -> list[str]:
    """The members that a call of this operation must have; none for an operation that is not there."""
    if operation not in service.actions:
        return []
    shape = service.model.operations[operation].input
    return shape.required_members if isinstance(shape, StructureShape) else []


class Noun:
    """One noun as a user of boto3 sees it. `prefix` makes names its own that others may have as well."""

    def __init__(self, client: Any, service: Service, resource: Declared, prefix: str) -> None:
        self.client, self.service, self.resource, self.prefix = client, service, resource, prefix

    def named(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def has(self, verb: str) -> bool:
        return self._operation(verb) in self.service.actions

    def call(self, verb: str, **params: Any) -> dict[str, Any]:
        operation = self._operation(verb)
        names = {target: snake for snake, target in self.client.meta.method_to_api_mapping.items()}
        return getattr(self.client, names[operation])(**params)

    def _operation(self, verb: str) -> str:
        return f"{verb}{self.resource.name}" + ("s" if verb == "List" else "")

    def create(self, name: str, **more: Any) -> dict[str, Any]:
        return self.call("Create", **self.smallest(name), **more)

    def smallest(self, name: str) -> dict[str, Any]:
        return smallest(self.service.model, self.resource, self.named(name))

    def about(self, verb: str, name: str) -> dict[str, Any]:
        return self.call(verb, **{self.resource.key_member: self.named(name)})

    def arn(self, name: str) -> str:
        tail = self.resource.arn.replace("{" + self.resource.key_member + "}", self.named(name))
        return f"arn:aws:sagemaker:us-east-1:111122223333:{tail}"

    def narrowed(self, part: str, since: float) -> dict[str, Any]:
        """The filter of a list for this noun's own: by a part of the name or, where AWS has no such filter, by time."""
        shape = self.service.model.operations[self._operation("List")].input
        by_name = shape is not None and "NameContains" in shape.members
        return {"NameContains": self.named(part)} if by_name else {"CreatedAfter": since}

    def listed(self, **query: Any) -> tuple[list[str], str | None]:
        """The ARNs of one page, and the token of the next."""
        answer = self.call("List", **query)
        member = next(name for name, value in answer.items() if isinstance(value, list))
        found = [
            next(value for key, value in summary.items() if key.endswith("Arn") and self._mine(value))
            for summary in answer[member]
        ]
        return found, answer.get("NextToken")

    def _mine(self, value: str) -> bool:
        return value.split(":")[-1].startswith(self.resource.arn.split("{", maxsplit=1)[0])


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock(time.time())


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, clock: FakeClock, loop: Loop
) -> Iterator[Callable[..., Any]]:
    """boto3 as the root user of the one platform, which has a role for jobs and data for them to read."""
    options = Options(account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET)
    home = fresh_home(tmp_path_factory.mktemp("conformance") / "home", options)
    built = assemble(home, options, clock=clock, runs=FakeExecutor())
    app = InProcess(Gateway(built, router_of(built), LocalApi(built, home, options)), loop)

    def make(service: str, **options: Any) -> Any:
        return app.client(service, ROOT_KEY, ROOT_SECRET, **options)

    put_what_jobs_need(make("iam"), make("s3"))
    yield make
    assert not changed_documents(built)
    app.close()
    built.store.close()


def put_what_jobs_need(iam: Any, s3: Any) -> None:
    role = ROLE.rsplit("/", 1)[1]
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="in", Body=b"1,2")


@pytest.fixture(scope="module")
def needed(client: Callable[..., Any]) -> Callable[[Service, str], None]:
    """Make the noun `needed` of a kind, once."""

    @cache
    def make(service: Service, kind: str) -> None:
        Noun(client(service.name), service, service.nouns[kind], "").create("needed")

    return make


@pytest.fixture
def noun(
    service: Service,
    resource: Declared,
    client: Callable[..., Any],
    needed: Callable[[Service, str], None],
) -> Noun:
    """A noun, with whatever must be there before it."""
    for kind in NEEDS.get(resource.name, ()):
        needed(service, kind)
    return Noun(client(service.name), service, resource, f"t{next(_numbers)}-")


_numbers = itertools.count(1)


every_noun = pytest.mark.parametrize(("service", "resource"), nouns())
# Those that Delete takes away at once; the others end through a controller.
every_deletable_noun = pytest.mark.parametrize(
    ("service", "resource"),
    [
        param
        for param in nouns()
        if not param.values[1].states and f"Delete{param.values[1].name}" in param.values[0].actions
    ],
)


@every_noun
def test_created_and_described(noun: Noun, clock: FakeClock) -> None:
    answer = noun.create("one")
    assert noun.arn("one") in answer.values()
    shown = noun.about("Describe", "one")
    assert shown[noun.resource.key_member] == noun.named("one")
    assert noun.arn("one") in shown.values()
    assert shown["CreationTime"].timestamp() == pytest.approx(clock.now(), abs=0.01)
    if noun.resource.states:
        assert shown[noun.resource.states.member] == noun.resource.states.start


@every_noun
def test_what_was_given_is_shown(noun: Noun) -> None:
    """Whatever Describe has a member for, as it was given: at least the values that were said."""
    noun.create("one")
    shown = noun.about("Describe", "one")
    for member, value in noun.smallest("one").items():
        if member in shown:
            assert holds(shown[member], value), member


def holds(shown: Any, given: Any) -> bool:
    if isinstance(given, dict):
        return all(key in shown and holds(shown[key], value) for key, value in given.items())
    if isinstance(given, list):
        return len(shown) == len(given) and all(map(holds, shown, given))
    return shown == given


@every_noun
def test_what_is_not_there(noun: Noun) -> None:
    expected = noun.resource.says.not_found(noun.arn("missing"), noun.named("missing"))
    for verb in filter(noun.has, ("Describe", "Stop", "Delete")):
        with pytest.raises(ClientError) as caught:
            noun.about(verb, "missing")
        assert code_and_message(caught) == (expected.code, expected.message), verb


@every_noun
def test_a_name_is_taken_once(noun: Noun) -> None:
    noun.create("one")
    with pytest.raises(ClientError) as caught:
        noun.create("one")
    expected = noun.resource.says.exists(noun.arn("one"), noun.named("one"))
    assert code_and_message(caught) == (expected.code, expected.message)


@every_noun
def test_tags_come_with_it_and_after_it(noun: Noun) -> None:
    arn = noun.arn("one")
    noun.create("one", Tags=[{"Key": "a", "Value": "1"}])
    noun.client.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    noun.client.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert noun.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


@every_noun
def test_listed_page_by_page_while_others_come_and_go(noun: Noun, clock: FakeClock) -> None:
    names = [f"n-{n}" for n in range(5)]
    own = noun.narrowed("n", clock.now() + 0.5)
    for name in names:
        clock.advance(1)
        noun.create(name)
    query = {"SortBy": "CreationTime", "SortOrder": "Ascending", "MaxResults": 2, **own}
    first, token = noun.listed(**query)
    clock.advance(1)
    noun.create("n-late")
    gone = not noun.resource.states and noun.has("Delete")
    if gone:
        noun.about("Delete", "n-1")  # the very one that the token tells of
    found = list(first)
    while token:
        page, token = noun.listed(**query, NextToken=token)
        found += page
    assert found == [noun.arn(name) for name in [*names, "n-late"]]


@every_noun
def test_a_forged_token(noun: Noun) -> None:
    with pytest.raises(ClientError) as caught:
        noun.listed(NextToken="Zm9yZ2VkIGFuZCBsb25nIGVub3VnaCB0byBoYXZlIGEgbWFj")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@every_deletable_noun
def test_deleted_and_gone(noun: Noun, clock: FakeClock) -> None:
    own = noun.narrowed("one", clock.now() + 0.5)
    clock.advance(1)
    noun.create("one", Tags=[{"Key": "a", "Value": "1"}])
    noun.about("Delete", "one")
    with pytest.raises(ClientError):
        noun.about("Describe", "one")
    assert noun.listed(**own)[0] == []
    noun.create("one")
    assert noun.client.list_tags(ResourceArn=noun.arn("one"))["Tags"] == []


@every_noun
def test_another_region_knows_nothing_of_it(noun: Noun, client: Callable[..., Any]) -> None:
    noun.create("one")
    elsewhere = Noun(
        client(noun.service.name, region_name="eu-west-1"), noun.service, noun.resource, noun.prefix
    )
    assert elsewhere.listed()[0] == []
    with pytest.raises(ClientError):
        elsewhere.about("Describe", "one")


@every_noun
def test_a_member_that_is_missing(noun: Noun, client: Callable[..., Any]) -> None:
    """In AWS's words, for each required member that is not said."""
    unchecked = client(noun.service.name, config=Config(parameter_validation=False))
    shape = noun.service.model.operations[f"Create{noun.resource.name}"].input
    for member in shape.required_members if shape else ():
        if is_token(shape.members[member]):
            continue
        params = noun.smallest("one")
        params.pop(member)
        with pytest.raises(ClientError) as caught:
            Noun(unchecked, noun.service, noun.resource, noun.prefix).call("Create", **params)
        code, message = code_and_message(caught)
        assert code == "ValidationException"
        assert (
            f"at '{member[:1].lower()}{member[1:]}' failed to satisfy constraint: Member must not be null"
            in message
        )
