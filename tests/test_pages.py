"""The generated pages of services: what they say follows from the code, and what a person wrote is joined with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import pages
from tools.reference import errors, facts, overview, service_page, written
from tools.reference.markdown import table

from clary.plane import Members, Noun, Service, States

SERVICES = pages.services()
every_service = pytest.mark.parametrize("name", sorted(SERVICES))


@pytest.fixture
def tiny() -> Service:
    """SageMaker's model with one noun of it that has states, and whose approval is observed."""
    service = Service("sagemaker")
    service.noun(
        Noun(
            "TransformJob",
            arn="transform-job/{TransformJobName}",
            states=States(
                "TransformJobStatus", start="InProgress", stop="Stopping", final=("Completed", "Failed")
            ),
            accepts={
                "create": Members(
                    "TransformJobName ModelName TransformInput.DataSource TransformResources Tags",
                    {"TransformOutput.KmsKeyId": "there is no second key"},
                    refused="MaxPayloadInMB",
                )
            },
        )
    )
    service.observe("TransformJob", "FailureReason", tags=True)
    return service


def test_members_are_acted_on_or_without_effect_or_refused(tiny: Service) -> None:
    refused = facts.refused_members(tiny, "CreateTransformJob")
    assert {"MaxPayloadInMB", "BatchStrategy", "TransformInput.ContentType", "TransformOutput.Accept"} <= set(
        refused
    )
    # what is below a member that is acted on, and what is without an effect, is not refused
    assert not [
        path for path in refused if path.startswith(("TransformResources", "TransformInput.DataSource"))
    ]
    assert "TransformOutput.KmsKeyId" not in refused


def test_a_noun_has_its_operations_statuses_and_observed_members(tiny: Service) -> None:
    found = facts.nouns(tiny)["TransformJob"]
    assert found[:2] == ["CreateTransformJob", "DescribeTransformJob"]
    assert "StopTransformJob" in found
    assert facts.statuses(tiny.nouns["TransformJob"])[:3] == (
        "TransformJobStatus",
        "InProgress",
        "Completed, Failed",
    )
    assert dict(facts.observed(tiny))["TransformJob"] == "`TransformJobStatus`, `FailureReason`, tags"


def test_a_second_action_and_its_members_are_told(tiny: Service) -> None:
    told = dict(facts.permissions(tiny))
    assert told["CreateTransformJob"] == "`sagemaker:CreateTransformJob`; `sagemaker:AddTags` with `Tags`"
    assert "DescribeTransformJob" not in told  # its action has its own name


def test_condition_keys_are_those_that_answered_operations_can_have() -> None:
    found = facts.condition_keys(SERVICES["sagemaker"])
    assert found["sagemaker:modelapprovalstatus"] == ("ModelApprovalStatus",)
    assert "sagemaker:modelarn" in found  # a function finds its value
    assert "sagemaker:rootaccess" not in found  # of notebooks, which are not there


def test_errors_are_read_from_the_calls_that_make_them(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text("")
    (tmp_path / "errors.py").write_text(
        'def gone(name):\n    message = f"No {name}."\n    return AwsError("NoSuchThing", message, 404)\n'
        'def odd(x):\n    return validation(f"1 is odd: {x} {y}")\n'
        'def absent():\n    return AwsError("NotImplemented", "not here", 501)\n'
        "def other(code):\n    return AwsError(code)\n"
    )
    (tmp_path / "below").mkdir()
    (tmp_path / "below/service.py").write_text('AwsError("OfAnotherService", "this is below")')
    assert errors.errors_in(tmp_path) == [
        errors.Said("NoSuchThing", 404, "No …."),
        errors.Said("ValidationException", 400, "1 is odd: …"),
    ]


@every_service
def test_a_page_names_every_operation_that_answers_and_every_noun(name: str) -> None:
    page = service_page.page(SERVICES[name])
    there = page.partition("<details>")[0]
    assert [op for op in facts.answered(SERVICES[name]) if f"`{op}`" not in there] == []
    assert [noun for noun in SERVICES[name].nouns if f"| {noun} |" not in page] == []


@every_service
def test_what_is_called_absent_is_absent(name: str) -> None:
    """A row that names an operation has to go when the operation comes."""
    said, service = written.written(name), SERVICES[name]
    operations = said.names_in_absent() & set(service.model.operations)
    assert operations & set(service.actions) == set()
    assert all(len(row) == 3 and all(row) for row in said.absent)


@every_service
def test_the_written_part_has_an_introduction_and_known_sections(name: str) -> None:
    said = written.written(name)
    assert len(said.intro) > 20
    assert set(said.sections) <= set(written.SECTIONS)


def test_a_section_of_another_title_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "service.py").write_text('kms = Service("kms", schema="x")\n')
    (tmp_path / "page.md").write_text("Keys.\n\n## Thoughts\n\nmany\n")
    monkeypatch.setattr(written, "SERVICES", tmp_path)
    with pytest.raises(ValueError, match="Thoughts"):
        written.written("kms")
    with pytest.raises(LookupError, match="makes the service sqs"):
        written.written("sqs")


def test_the_index_links_every_service_and_counts() -> None:
    index = overview.index(SERVICES)
    for name, service in SERVICES.items():
        there = len(facts.answered(service))
        assert re.search(rf"\| \[{name}\]\({name}\.md\) \| {there} of \d+ \| \d+ % \|", index)


def test_a_stale_page_and_one_of_a_service_that_is_gone_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    pages._counted_now.cache_clear()
    (tmp_path / "reference").mkdir()
    (tmp_path / "explanation").mkdir()
    pages.write()
    assert pages.stale() == []
    sts = tmp_path / "reference/services/sts.md"
    sts.write_text(sts.read_text().replace("AssumeRole", "Assume"))
    (tmp_path / "reference/services/gone.md").write_text("# Gone\n")
    assert pages.stale() == ["reference/services/gone.md", "reference/services/sts.md"]


def test_what_another_botocore_counts_makes_no_page_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS adds operations and members every month: pages are compared by what follows from this source."""
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    (tmp_path / "reference").mkdir()
    (tmp_path / "explanation").mkdir()
    pages._counted_now.cache_clear()
    pages.write()
    index, sts = tmp_path / pages.INDEX, tmp_path / "reference/services/sts.md"
    text = re.sub(r"botocore [\d.]+\d", "botocore 1.1.1", index.read_text())
    index.write_text(text.replace("| 5 of 12 | 42 % |", "| 5 of 10 | 50 % |"))
    sts.write_text(sts.read_text().replace("`MinimumSessionTokenSize`, ", ""))
    pages._counted_now.cache_clear()
    assert pages.stale() == []
    pages._counted_now.cache_clear()


def test_a_table_without_rows_is_nothing_and_bars_are_escaped() -> None:
    assert table(("a",), []) == ""
    assert table(("a", "b"), [("x|y", "z")]) == "| a | b |\n|---|---|\n| x\\|y | z |\n"
