"""What every declared noun can do, through boto3, on services that are declarations and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane.nouns.lists import Plan
from clary.plane.nouns.spellings import Filter
from clary.plane.platform import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.options import Options
from clary.services import load_services
from tests.conformance.scratch.nouns import CASES, Case, services
from tests.conformance.scratch.tried import Tried
from tests.support.homes import fresh_home

Params = dict[str, Any]
CREATED = ("CreationTime", "CreatedOn", "CreateDate", "createdAt")
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
_FORGED = "Zm9yZ2VkIGFuZCBsb25nIGVub3VnaCB0byBoYXZlIGEgbWFj"


@pytest.fixture
def platform(tmp_path: Any, clock: FakeClock, options: Options) -> Iterator[Platform]:
    """Accounts and credentials of the platform, and the scratch services in the place of all others."""
    kept = {name: one for name, one in load_services().items() if name in ("iam", "sts")}
    home = fresh_home(tmp_path / "home", options)
    built = assemble(home, options, clock=clock, runs=FakeExecutor(), services={**kept, **services()})
    yield built
    built.store.close()


@pytest.fixture
def tried(platform: Platform, case: Case, client: Callable[..., Any]) -> Tried:
    return Tried(platform, case, client)


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return caught.value.response["Error"]["Code"]


def holds(shown: Any, given: Any) -> bool:
    """Whether what is shown has all that was given."""
    if isinstance(given, dict):
        return all(name in shown and holds(shown[name], value) for name, value in given.items())
    return shown == given


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 12
    assert {case.service for case in CASES} == {"sagemaker", "glue", "lambda", "ecr", "databrew"}
    every = services()
    nouns = [every[case.service].nouns[case.noun.name] for case in CASES]
    kinds = {(len(n.named.members), bool(n.named.made), n.named.or_arn, bool(n.key)) for n in nouns}
    assert len(kinds) >= 5


@EVERY
def test_created_and_described(tried: Tried, case: Case, clock: FakeClock) -> None:
    named = tried.create()
    shown, members = tried.shown(named), tried.shown_members()
    given = {name: value for name, value in case.input(1).items() if name in members}
    assert given, "an answer must show something of the request"
    assert holds(shown, given)
    (record,) = tried.records()
    for name in members:
        if name in tried.noun.arn_members:
            assert shown[name] == record.arn
        if name in CREATED:
            assert shown[name].timestamp() == pytest.approx(clock.now(), abs=1)
    if tried.noun.states:
        assert shown[tried.noun.states.member] == tried.noun.states.start


@EVERY
def test_a_name_is_taken_once(tried: Tried, case: Case) -> None:
    tried.create()
    if tried.noun.named.made:
        tried.create()  # a made id is another one
        assert len(tried.records()) == 2
        return
    again = {"ClientRequestToken": "u" * 32} if "ClientRequestToken" in case.create else {}
    with pytest.raises(ClientError) as caught:
        tried.create(**again)
    assert code(caught) == tried.noun.says.taken_code


@EVERY
def test_what_is_not_there(tried: Tried, case: Case) -> None:
    named = tried.create()
    (record,) = tried.records()
    missing = {name: _other(value, record.id) for name, value in named.items()}
    for verb in ("describe", "update", "start", "stop", "delete"):
        if verb in tried.verbs:
            with pytest.raises(ClientError) as caught:
                tried.about(verb, missing, **(case.update if verb == "update" else {}), **_token(tried, verb))
            assert code(caught) == tried.noun.says.missing_code, verb


def _other(value: str, id: str) -> str:
    """The name of another record: its last sign is another one."""
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def _token(tried: Tried, verb: str) -> Params:
    members = tried.service.members_of(tried.verbs[verb])
    return {"ClientRequestToken": "v" * 32} if "ClientRequestToken" in members else {}


@EVERY
def test_updated(tried: Tried, case: Case, clock: FakeClock) -> None:
    if "update" not in tried.verbs:
        return
    named = tried.create()
    clock.advance(5)
    tried.about("update", named, **case.update)
    shown = tried.shown(named)
    content = next(iter(case.update.values())) if "JobUpdate" in case.update else case.update
    assert holds(shown, content)
    (record,) = tried.records()
    assert record.modified == pytest.approx(clock.now())
    if tried.noun.spelling.replaces:
        assert "Description" not in record.spec or "Description" in content


@EVERY
def test_deleted_and_gone(tried: Tried) -> None:
    named = tried.create()
    if tried.noun.states and tried.noun.states.busy:
        with pytest.raises(ClientError) as caught:
            tried.about("delete", named)
        assert code(caught) == tried.noun.says.busy_code
        tried.about("stop", named)
    tried.about("delete", named, **_token(tried, "delete"))
    assert tried.records() == []
    assert all(tried.listed(plan) == [] for plan in tried.plans)


@EVERY
def test_stopped_and_started_again(tried: Tried) -> None:
    states = tried.noun.states
    if states is None:
        assert not {"start", "stop"} & set(tried.verbs)
        return
    named = tried.create()
    tried.about("stop", named)
    assert tried.shown(named)[states.member] == states.stop
    tried.about("start", named)
    assert tried.shown(named)[states.member] == states.again


@EVERY
def test_listed_page_by_page(tried: Tried, clock: FakeClock) -> None:
    for n in range(5):
        clock.advance(1)
        tried.create(n)
    ids = {record.id for record in tried.records()}
    assert len(ids) == 5
    for plan in tried.plans:
        found = tried.listed(plan)
        assert len(found) == 5
        assert set(found) == ids


@EVERY
def test_a_forged_token(tried: Tried) -> None:
    assert tried.plans, "a noun without a List"
    for plan in tried.plans:
        with pytest.raises(ClientError) as caught:
            tried.call(plan.op.name, **tried.case.parent, **{plan.token_in: _FORGED})
        assert code(caught) == "ValidationException"


@EVERY
def test_every_filter_of_the_model(tried: Tried, clock: FakeClock) -> None:
    """What is asked of the first record finds it and not all others; what no record has finds nothing."""
    tried.create(1)
    clock.advance(100)
    tried.create(2)
    first, second = sorted(tried.records(), key=lambda one: one.created)
    for plan in tried.plans:
        assert plan.unknown == []
        for name, one in plan.filters.items():
            if one is None or one.place == "tags" or name in tried.case.parent:
                continue
            for value, expected in _asked(plan, name, one, first, second):
                assert sorted(tried.listed(plan, **{name: value})) == sorted(expected), (
                    plan.op.name,
                    name,
                    value,
                )


def _asked(plan: Plan, name: str, one: Filter, first: Any, second: Any) -> Iterator[tuple[Any, list[str]]]:
    """Values for a filter, each with the ids that it must find."""
    both = [first.id, second.id]
    if one.place in ("created", "modified"):
        between = datetime.fromtimestamp(first.created + 50, UTC)
        yield between, [second.id] if one.compare == ">" else [first.id]
        return
    value = _value(first, one.place)
    if value is None:  # a member that this noun's records do not have here
        return
    same = [id for id, other in zip(both, (first, second), strict=True) if _value(other, one.place) == value]
    if one.compare == "in":
        yield [value], same
        return
    yield value, same
    shape = plan.op.input_members[name]
    if "enum" in shape.metadata:
        yield next(said for said in shape.metadata["enum"] if said != value), []
    elif one.compare in ("contains", "prefix"):
        yield value[:2], both
        yield "zz", []
    else:
        yield _other(value, ""), []


def _value(record: Any, place: str) -> Any:
    if not place.startswith("doc."):
        return getattr(record, place)
    value: Any = record.doc
    for part in place.split(".")[1:]:
        value = value.get(part) if isinstance(value, dict) else None
    return value


@EVERY
def test_every_order_of_the_model(tried: Tried, clock: FakeClock) -> None:
    """Both directions are each other's mirror, and times and names go up as they were made."""
    for n in (1, 2, 3):
        clock.advance(1)
        tried.create(n)
    made = [record.id for record in sorted(tried.records(), key=lambda one: one.created)]
    for plan in tried.plans:
        directions = plan.op.input_members[plan.sort_order].metadata["enum"] if plan.sort_order else []
        for order, place in plan.orders.items():
            down, up = sorted(directions, key=lambda word: not word.lower().startswith("desc"))
            query = {plan.sort_by: order}
            rising = tried.listed(plan, **query, **{plan.sort_order: up})
            assert rising == tried.listed(plan, **query, **{plan.sort_order: down})[::-1], order
            if place in ("created", "modified"):
                assert rising == made


@EVERY
def test_tags(tried: Tried) -> None:
    create = tried.service.model.operations[tried.verbs["create"]]
    member = next((name for name in ("Tags", "tags") if name in create.input_members), "")
    if not member:
        return
    given = _tags(create.input_members[member], {"a": "1"})
    tried.create(**{member: given})
    (record,) = tried.records()
    tagging = {name: op for name, op in tried.service.model.operations.items() if name in _TAGGING}
    tag, untag, shown = (_one_of(tagging, names) for names in _VERBS)
    resource = next(name for name in shown.input_members if name.lower().startswith("resource"))
    more = next(name for name in tag.input_members if name != resource)
    tried.call(tag.name, **{resource: record.arn, more: _tags(tag.input_members[more], {"b": "2"})})
    keys = next(name for name in untag.input_members if name != resource)
    tried.call(untag.name, **{resource: record.arn, keys: ["a"]})
    answer = tried.call(shown.name, **{resource: record.arn})
    kept = next(value for value in answer.values() if value)
    assert kept == {"b": "2"} or [sorted(tag.values()) for tag in kept] == [["2", "b"]]
    reserved = _tags(tag.input_members[more], {"aws:x": "1"})
    with pytest.raises(ClientError):
        tried.call(tag.name, **{resource: record.arn, more: reserved})
    with pytest.raises(ClientError):
        tried.create(2, **{member: _tags(create.input_members[member], {"aws:x": "1"})})


_VERBS = (
    ("AddTags", "TagResource"),
    ("DeleteTags", "UntagResource"),
    ("ListTags", "ListTagsForResource", "GetTags"),
)
_TAGGING = {name for names in _VERBS for name in names}


def _one_of(tagging: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next(tagging[name] for name in names if name in tagging)


def _tags(shape: Any, tags: dict[str, str]) -> Any:
    """Tags in the form that a member has."""
    if shape.type_name == "map":
        return tags
    key, value = sorted(shape.member.members, key=lambda name: "value" in name.lower())
    return [{key: name, value: content} for name, content in tags.items()]


@EVERY
def test_another_region_knows_nothing_of_it(tried: Tried) -> None:
    tried.create()
    for plan in tried.plans:
        assert tried.call(plan.op.name, "eu-west-1", **tried.case.parent)[plan.result] == []


@EVERY
def test_a_token_is_answered_as_before(tried: Tried, case: Case, clock: FakeClock) -> None:
    create = tried.service.model.operations[tried.verbs["create"]]
    if create.idempotency_token is None:
        return
    token = {create.idempotency_token: "w" * 32}
    first = tried.call(create.name, **case.input(1) | token)
    (record,) = tried.records()
    clock.advance(5)
    assert tried.call(create.name, **case.input(1) | token) == first
    assert tried.records() == [record]


@EVERY
def test_a_member_that_nothing_acts_on(tried: Tried, case: Case) -> None:
    accepted = tried.service.accepts[tried.verbs["create"]]
    shape = tried.service.model.operations[tried.verbs["create"]].input_members
    others = [name for name, one in shape.items() if one.type_name == "string" and not accepted.covers(name)]
    for name in others:
        value = (shape[name].metadata.get("enum") or ["x" * max(1, shape[name].metadata.get("min", 1))])[0]
        with pytest.raises(ClientError) as caught:
            tried.create(**{name: value})
        assert code(caught) in ("NotImplemented", "ValidationException"), name
    assert tried.records() == []


def test_names_that_are_read_at_once(platform: Platform, client: Callable[..., Any]) -> None:
    """BatchGet of Glue: those that there are, and the names of the others."""
    glue = client("glue")
    for name in ("a", "b"):
        glue.create_workflow(Name=name)
    answer = glue.batch_get_workflows(Names=["a", "c", "b"])
    assert [one["Name"] for one in answer["Workflows"]] == ["a", "b"]
    assert answer["MissingWorkflows"] == ["c"]


def test_names_that_a_list_asks_for_must_be_there(platform: Platform, client: Callable[..., Any]) -> None:
    """DescribeRepositories (API reference): RepositoryNotFoundException; here with the dialect's own code."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="one")
    found = ecr.describe_repositories(repositoryNames=["one"])["repositories"]
    assert [one["repositoryName"] for one in found] == ["one"]
    with pytest.raises(ClientError) as caught:
        ecr.describe_repositories(repositoryNames=["one", "two"])
    assert code(caught) == "ResourceNotFoundException"


def test_a_list_by_tags(platform: Platform, client: Callable[..., Any]) -> None:
    """ListJobs of Glue: only jobs that have these tags."""
    glue = client("glue")
    for name, tags in (("a", {"team": "x"}), ("b", {"team": "y"}), ("c", {"team": "x", "more": "1"})):
        glue.create_job(Name=name, Role="r", Command={"Name": "glueetl"}, Tags=tags)
    assert glue.list_jobs(Tags={"team": "x"})["JobNames"] == ["a", "c"]
