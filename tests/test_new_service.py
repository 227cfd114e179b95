"""`./run new-service`: what it makes of several services, in a copy of the tree, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tools import new_service
from tools.scaffold.files import folder_of
from tools.scaffold.first_noun import first_noun
from tools.scaffold.patterns import shortest
from tools.scaffold.trial import scratch, tried
from tools.scaffold.values import NoValue, allows, smallest

from clary.plane import Context, Members, Noun, Service
from clary.plane.nouns.dialects import GLUE
from clary.store.sqlite import SqliteStore
from clary.wire import load
from tests.support.trees import copy_of_tree, run_in

ROOT = Path(__file__).parents[1]
# Of each protocol one, and one that has no noun: JSON, REST JSON, REST XML, Query, CBOR.
MADE = ("glue", "mq", "route53", "autoscaling", "codebuild", "bedrock-runtime")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with six services more, one of them with tables."""
    root = copy_of_tree(tmp_path_factory.mktemp("made"))
    paths = [path for name in MADE for path in new_service.make(name, root, tables=name == "glue")]
    run_in(root, "-c", _SETTLE, *map(str, paths))
    return root


_SETTLE = """
import sys
from pathlib import Path
from tools.new_service import settle
settle(Path.cwd(), list(map(Path, sys.argv[1:])))
"""


@pytest.mark.slow
def test_what_is_made_passes_its_own_tests(tree: Path) -> None:
    folders = [f"tests/services/{folder_of(name)}" for name in MADE]
    matrix = (
        "tests/security/matrix/test_matrix.py::test_only_the_owner[autoscaling-DeleteLaunchConfiguration]"
    )
    run_in(tree, "-m", "pytest", "-x", "-p", "no:cacheprovider", *folders, matrix)


def test_what_is_made_has_the_face_of_a_service(tree: Path) -> None:
    run_in(tree, "-m", "pytest", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py", "-k", "every_")


def test_what_is_made_passes_lint(tree: Path) -> None:
    made = [
        f"{place}/{folder_of(name)}" for place in ("src/clary/services", "tests/services") for name in MADE
    ]
    made += [f"tests/security/matrix/inputs/{folder_of(name)}.py" for name in MADE]
    run_in(tree, "-m", "ruff", "check", "--no-cache", *made)
    run_in(tree, "-m", "ruff", "format", "--no-cache", "--check", *made)


def test_the_page_of_a_new_service_is_in_the_index(tree: Path) -> None:
    index = (tree / "docs/reference/services/README.md").read_text()
    assert "| [glue](glue.md) |" in index
    assert "| [bedrock-runtime](bedrock-runtime.md) | 0 of" in index


def test_tables_come_where_they_are_asked_for(tree: Path) -> None:
    services = tree / "src/clary/services"
    assert 'schema="clary.services.glue"' in (services / "glue/service.py").read_text()
    assert "create table if not exists glue_entry" in (services / "glue/schema/0001_first.sql").read_text()
    assert not (services / "autoscaling/schema").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("demo-thing", "botocore knows no service demo-thing"),
        ("../x", "botocore knows no service"),
        ("", "botocore knows no service"),
        ("ec2", "ec2 speaks the protocol `ec2`"),
        ("s3", "s3 is here already"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(
    name: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=sentence):
        new_service.make(name, ROOT)


def test_the_command_says_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["new-service", "--help"])
    assert new_service.main() == 0
    assert "first noun" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["new-service", "ec2"])
    assert new_service.main() == 1
    monkeypatch.setattr(sys, "argv", ["new-service"])
    assert new_service.main() == 2


def test_a_step_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(words: list[str], **_: Any) -> None:
        raise subprocess.CalledProcessError(2, words)

    monkeypatch.setattr(sys, "argv", ["new-service", "glue"])
    monkeypatch.setattr(new_service, "make", lambda *_, **__: [ROOT / "src/clary/services/glue/service.py"])
    monkeypatch.setattr(subprocess, "run", fails)
    assert new_service.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "-m ruff check` failed with exit status 2; the files of glue are written" in line


WORKFLOW = Noun("Workflow", arn="workflow/{Name}", accepts={"create": Members("Name")})
VERBS = {"create": "CreateWorkflow", "describe": "GetWorkflow", "delete": "DeleteWorkflow"}
NAMED = {"describe": "Name", "delete": "Name"}


def test_a_noun_that_works() -> None:
    service = Service("glue", dialect=GLUE)
    service.noun(WORKFLOW)
    assert tried(service, "Workflow", VERBS, NAMED, {"Name": "my-workflow"}, None).works


def test_a_noun_that_is_still_there_after_its_deletion_does_not_work() -> None:
    service = Service("glue", dialect=GLUE)
    service.noun(WORKFLOW)

    @service.operation(on="workflow/{Name}", accepts=Members("Name"))
    def delete_workflow(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
        return {}

    found = tried(service, "Workflow", VERBS, NAMED, {"Name": "my-workflow"}, None)
    assert (found.complete, found.gone, found.works) == (True, False, False)


def test_the_store_of_a_trial_that_fails_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[SqliteStore] = []
    close = SqliteStore.close
    monkeypatch.setattr(SqliteStore, "close", lambda store: (closed.append(store), close(store)))
    with pytest.raises(LookupError), scratch(Service("glue", dialect=GLUE)):
        raise LookupError
    assert len(closed) == 1


@pytest.mark.parametrize(
    ("service", "noun", "base", "key"),
    [
        ("glue", "Workflow", "GLUE", ""),  # CreateWorkflow(Name), GetWorkflow(Name)
        ("personalize", "DatasetGroup", "CAMEL", 'by_arn("datasetGroupArn")'),
        ("lambda", "EventSourceMapping", "LAMBDA", 'generated("{uuid}", "UUID")'),
        ("codecommit", "ApprovalRuleTemplate", "CAMEL", ""),  # approvalRuleTemplateName
        ("sagemaker", "Model", "SAGEMAKER", ""),
        ("rds", "GlobalCluster", "SAGEMAKER", 'Key("GlobalClusterIdentifier")'),
    ],
)
def test_the_first_noun_is_spelled_as_its_service_spells(
    service: str, noun: str, base: str, key: str
) -> None:
    found = first_noun(load(service))
    assert found is not None
    assert (found.name, found.spelling.base, found.spelling.key) == (noun, base, key)


def test_a_noun_with_statuses_begins_and_ends_as_the_model_says() -> None:
    found = first_noun(load("events"))
    assert found is not None
    assert found.spelling.states is not None
    assert (found.spelling.states.start, found.spelling.states.final) == ("CREATING", ("ENABLED",))


@pytest.mark.parametrize("service", ["bedrock", "batch", "events", "athena"])
def test_the_smallest_requests_are_what_the_model_takes(service: str) -> None:
    taken = 0
    for op in load(service).operations.values():
        try:
            given = smallest(op.input)
        except NoValue:
            continue
        op.check(given)
        taken += 1
    assert taken > 20


@pytest.mark.parametrize(
    "pattern", [r"[a-z]{3,5}-\d+", r"(?:ab|cd)?[^a]x*", r"^arn:aws:\w+:.*$", r"[\w\-.]{12}"]
)
def test_a_text_is_made_for_a_pattern(pattern: str) -> None:
    class Shape:
        metadata = {"pattern": pattern, "min": 4}

    assert allows(Shape, shortest(pattern, 4))
