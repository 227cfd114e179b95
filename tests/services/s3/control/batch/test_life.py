"""The life of a job. Oracle: "Tracking job status and completion reports"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html), "Examples: S3 Batch Operations completion reports"
(.../batch-ops-examples-reports.html), and rows that AWS wrote: `…,succeeded,200,,Successful`."""

from __future__ import annotations

import asyncio
import hashlib
import json

from clary.kernel import AwsError
from clary.services.s3.control.batch import rows, tasks
from clary.services.s3.control.batch import work as work_module
from clary.services.s3.control.batch.noun import JOB
from clary.services.s3.control.batch.rows import Outcome
from clary.store.api import Busy
from tests.services.s3.control.batch.conftest import TRUST, body, report, turn
from tests.support.principals import ACCOUNT, allow, role

UNTAG = {"S3DeleteObjectTagging": {}}
TAGS = {"S3PutObjectTagging": {"TagSet": [{"Key": "kind", "Value": "cat"}]}}


def test_a_job_does_its_tasks_and_reports(s3, bucket, create, manifest, work, described, reported):
    for key in ("a", "b c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a", "b%20c", "none"), Description="tag them")
    work()
    found = described(job)
    assert (found["Status"], found["Description"], found["Priority"]) == ("Complete", "tag them", 10)
    assert found["JobArn"] == f"arn:aws:s3:us-east-1:{ACCOUNT}:job/{job}"
    summary = found["ProgressSummary"]
    assert summary.pop("Timers")["ElapsedTimeInActiveSeconds"] >= 0
    assert summary == {"TotalNumberOfTasks": 3, "NumberOfTasksSucceeded": 2, "NumberOfTasksFailed": 1}
    assert found["TerminationDate"] >= found["CreationTime"]
    assert "FailureReasons" not in found
    assert found["Operation"] == TAGS
    assert s3.get_object_tagging(Bucket=bucket, Key="b c")["TagSet"] == [{"Key": "kind", "Value": "cat"}]
    assert reported(job) == [
        [bucket, "a", "", "succeeded", "200", "", "Successful"],
        [bucket, "b%20c", "", "succeeded", "200", "", "Successful"],
        [bucket, "none", "", "failed", "404", "NoSuchKey", "The specified key does not exist."],
    ]


def test_the_manifest_of_a_report(s3, bucket, create, manifest, work):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a", "none"))
    work()
    text = body(s3, f"reports/job-{job}/manifest.json")
    said = json.loads(text)
    assert body(s3, f"reports/job-{job}/manifest.json.md5").decode() == hashlib.md5(text).hexdigest()
    assert said["Format"] == "Report_CSV_20180820"
    assert (
        said["ReportSchema"] == "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
    )
    assert [one["TaskExecutionStatus"] for one in said["Results"]] == ["succeeded", "failed"]
    for one in said["Results"]:
        assert one["Bucket"] == "lists"
        assert one["Key"].startswith(f"reports/job-{job}/results/")
        assert hashlib.md5(body(s3, one["Key"])).hexdigest() == one["MD5Checksum"]
        head = s3.head_object(Bucket="lists", Key=one["Key"])
        assert head["ServerSideEncryption"] == "AES256"


def test_a_report_of_failed_tasks_only(s3, bucket, create, manifest, work, reported):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    wanted = report(ReportScope="FailedTasksOnly")
    del wanted["Prefix"]
    job = create(TAGS, Manifest=manifest(bucket, "a", "none"), Report=wanted)
    work()
    assert [line[1] for line in reported(job, "")] == ["none"]


def test_no_report(s3, bucket, create, manifest, work, described):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"), Report={"Enabled": False})
    work()
    assert described(job)["Status"] == "Complete"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="lists")["Contents"]] == ["manifest.csv"]


def test_each_task_is_done_as_the_role(client, s3, bucket, create, manifest, work, reported):
    """ "Version-specific permissions … are only required when you are specifying the version ID" and each of the role's permissions counts by itself."""
    for key in ("may/a", "not/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    statements = (
        allow("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/may/*"),
        allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lists/*"),
    )
    narrow = role(client, TRUST, *statements, name="narrow")
    job = create(TAGS, Manifest=manifest(bucket, "may/a", "not/b"), RoleArn=narrow)
    work()
    one, other = reported(job)
    assert one[1:6] == ["may/a", "", "succeeded", "200", ""]
    assert other[1:6] == ["not/b", "", "failed", "403", "AccessDenied"]
    assert "s3:PutObjectTagging" in other[6]
    assert s3.get_object_tagging(Bucket=bucket, Key="not/b")["TagSet"] == []


def test_a_role_that_may_not_write_the_report(client, s3, bucket, create, manifest, work, described):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    statements = (allow("s3:PutObjectTagging"), allow("s3:GetObject"))
    narrow = role(client, TRUST, *statements, name="narrow")
    job = create(TAGS, Manifest=manifest(bucket, "a"), RoleArn=narrow)
    work()
    found = described(job)
    assert (found["Status"], found["ProgressSummary"]["NumberOfTasksSucceeded"]) == ("Failed", 1)
    assert "AccessDenied" in found["FailureReasons"][0]["FailureReason"]


def test_a_job_that_takes_confirmation(s3, bucket, create, control, manifest, work, described, refused):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"), ConfirmationRequired=True)
    named = {"AccountId": ACCOUNT, "JobId": job}
    with refused("JobStatusException", 400):
        control.update_job_status(**named, RequestedJobStatus="Ready")
    work()
    found = described(job)
    assert (found["Status"], found["SuspendedCause"]) == ("Suspended", "AwaitingConfirmation")
    assert found["SuspendedDate"] >= found["CreationTime"]
    assert found["ProgressSummary"]["TotalNumberOfTasks"] == 1
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []
    answer = control.update_job_status(**named, RequestedJobStatus="Ready", StatusUpdateReason="go")
    assert (answer["JobId"], answer["Status"], answer["StatusUpdateReason"]) == (job, "Ready", "go")
    work()
    found = described(job)
    assert (found["Status"], found["StatusUpdateReason"]) == ("Complete", "go")
    for wanted in ("Ready", "Cancelled"):
        with refused("JobStatusException", 400):
            control.update_job_status(**named, RequestedJobStatus=wanted)
    with refused("InvalidRequest", 400):
        control.update_job_priority(**named, Priority=1)


def test_a_job_that_says_nothing_of_confirmation_takes_it(
    s3, bucket, control, manifest, worker, work, described
):
    """aws/aws-sdk-go-v2#1822: without the member a job goes into Suspended. So says the guide of `create-job` without
    `--no-confirmation-required` (batch-ops-job-status, S3 User Guide)."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    asked = {"Operation": TAGS, "Report": {"Enabled": False}, "Priority": 1, "RoleArn": worker}
    job = control.create_job(AccountId=ACCOUNT, Manifest=manifest(bucket, "a"), **asked)["JobId"]
    work()
    found = described(job)
    assert (found["Status"], found["ConfirmationRequired"]) == ("Suspended", True)


def test_a_job_that_is_cancelled_before_it_began(s3, bucket, create, control, manifest, work, described):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"), ConfirmationRequired=True)
    work()
    asked = {"RequestedJobStatus": "Cancelled", "StatusUpdateReason": "No longer needed"}
    assert control.update_job_status(AccountId=ACCOUNT, JobId=job, **asked)["Status"] == "Cancelling"
    work()
    found = described(job)
    assert (found["Status"], found["StatusUpdateReason"]) == ("Cancelled", "No longer needed")
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []
    # "As long as at least one task has been invoked … generates a report".
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="lists")["Contents"]] == ["manifest.csv"]


def test_a_job_that_is_cancelled_in_the_middle(
    s3, bucket, create, control, manifest, work, step, described, reported, monkeypatch
):
    """What was done is in the report, and nothing else is done."""
    monkeypatch.setattr(work_module, "_BATCH", 2)
    keys = [f"k{i}" for i in range(6)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, *keys))
    step(job, "Active", turns=1)
    found = described(job)
    assert (found["Status"], found["ProgressSummary"]["NumberOfTasksSucceeded"]) == ("Active", 2)
    control.update_job_status(AccountId=ACCOUNT, JobId=job, RequestedJobStatus="Cancelled")
    work()
    assert described(job)["Status"] == "Cancelled"
    assert [line[1] for line in reported(job)] == ["k0", "k1"]
    assert s3.get_object_tagging(Bucket=bucket, Key="k2")["TagSet"] == []


def test_a_higher_priority_pauses_a_job(
    s3, bucket, create, control, controllers, manifest, work, step, described, monkeypatch, clock
):
    monkeypatch.setattr(work_module, "_BATCH", 2)
    keys = [f"k{i}" for i in range(6)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    given = manifest(bucket, *keys)
    low = create(TAGS, Manifest=given, Priority=1)
    step(low, "Active", turns=1)
    high = create(UNTAG, Manifest=given, Priority=2)
    step(high, "Active", turns=0)
    step(low, "Paused", turns=0)
    assert described(low)["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    seconds = described(low)["ProgressSummary"]["Timers"]["ElapsedTimeInActiveSeconds"]
    clock.advance(100)
    assert described(low)["ProgressSummary"]["Timers"]["ElapsedTimeInActiveSeconds"] == seconds
    control.update_job_priority(AccountId=ACCOUNT, JobId=low, Priority=3)
    step(high, "Paused", turns=0)
    step(low, "Active", turns=0)
    work()
    assert [described(job)["Status"] for job in (low, high)] == ["Complete", "Complete"]
    assert described(low)["Priority"] == 3


def test_jobs_of_one_priority_run_together(s3, bucket, create, manifest, step, described):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    given = manifest(bucket, "a")
    jobs = [create(TAGS, Manifest=given) for _ in range(2)]
    for job in jobs:
        step(job, "Active", turns=0)
    assert [described(job)["Status"] for job in jobs] == ["Active", "Active"]


def test_a_job_most_of_whose_tasks_fail(s3, bucket, create, manifest, work, described, reported, monkeypatch):
    """ "Amazon S3 monitors the task failure rate after at least 1,000 tasks have been run" and fails a job above 50 %; here after 10."""
    monkeypatch.setattr(rows, "_THRESHOLD", 10)
    monkeypatch.setattr(work_module, "_BATCH", 5)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, *["a"] * 4, *["none"] * 30))
    work()
    found = described(job)
    assert found["Status"] == "Failed"
    assert found["FailureReasons"][0]["FailureCode"] == "FailureThresholdExceeded"
    assert found["ProgressSummary"]["NumberOfTasksFailed"] == 6
    assert len(reported(job)) == 10


def test_half_of_the_tasks_may_fail(s3, bucket, create, manifest, work, described, monkeypatch):
    monkeypatch.setattr(rows, "_THRESHOLD", 10)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, *["a"] * 10, *["none"] * 10))
    work()
    assert described(job)["Status"] == "Complete"


def test_a_job_is_gone_after_90_days(
    s3, bucket, create, control, manifest, work, move, controllers, platform
):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"), Tags=[{"Key": "a", "Value": "b"}])
    work()
    while controllers.once():
        pass
    move(89 * 86400)
    controllers.once()
    assert [one["JobId"] for one in control.list_jobs(AccountId=ACCOUNT)["Jobs"]] == [job]
    move(2 * 86400)
    while controllers.once():
        pass
    assert control.list_jobs(AccountId=ACCOUNT)["Jobs"] == []
    with platform.store.read() as tx:
        for table in ("s3_batch_task", "s3_batch_progress"):
            assert tx.sql(f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_change_feed_tells_of_its_statuses(s3, bucket, create, manifest, work, platform):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"))
    work()
    with platform.store.read() as tx:
        found = [one for one in tx.changes(0, 100, kinds=[JOB.kind]) if one.id == job]
    told = [one.view["new"]["status"] for one in found]
    assert told == ["New", "Preparing", "Ready", "Active", "Completing", "Complete"]


def test_a_job_that_takes_long_holds_up_no_other(
    s3, bucket, create, manifest, loop, platform, step, described, monkeypatch
):
    """A copy of 5 GB takes minutes; jobs beside it go on."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    slow = create(TAGS, Manifest=manifest(bucket, *["slow"] * 20, name="slow"))
    quick = create(TAGS, Manifest=manifest(bucket, "a"))
    for job in (slow, quick):
        step(job, "Active", turns=0)
    perform = tasks.perform

    async def delayed(platform, job, who, task):
        if task.key == "slow":
            await asyncio.Event().wait()
        return await perform(platform, job, who, task)

    monkeypatch.setattr(tasks, "perform", delayed)

    async def work_until_done():
        working = asyncio.ensure_future(work_module.keep_working(platform))
        async with asyncio.timeout(10):
            while not (await platform.store.run(lambda tx: rows.progress(tx, quick), write=False)).done:
                await asyncio.sleep(0.01)
        working.cancel()

    loop.run(work_until_done())
    assert described(quick)["ProgressSummary"]["NumberOfTasksSucceeded"] == 1
    assert described(slow)["ProgressSummary"]["NumberOfTasksSucceeded"] == 0


def test_a_job_whose_tasks_are_under_way_is_not_at_rest(
    s3, bucket, create, control, manifest, step, described, platform, clock, controllers
):
    """A job that is cancelled waits for the tasks that were begun, so that they are in its report."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"))
    step(job, "Active", turns=0)
    with platform.store.write() as tx:
        rows.set_working(tx, job, clock.now() + 30)
    control.update_job_status(AccountId=ACCOUNT, JobId=job, RequestedJobStatus="Cancelled")
    for _ in range(5):
        controllers.once()
        clock.advance(1)
    assert described(job)["Status"] == "Cancelling"
    clock.advance(30)
    step(job, "Cancelled", turns=0)


def test_a_store_that_is_busy_leaves_a_task_to_be_done(
    s3, bucket, create, manifest, work, step, described, monkeypatch, loop, platform
):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a"))
    step(job, "Active", turns=0)

    async def busy(*_):
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "perform", busy)
        assert loop.run(turn(platform)) == 0
    work()
    assert described(job)["ProgressSummary"]["NumberOfTasksSucceeded"] == 1


def test_an_error_of_the_server_is_tried_again(s3, bucket, create, manifest, work, reported, monkeypatch):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    monkeypatch.setattr(tasks, "_PAUSE", 0.0)
    answers = [AwsError("SlowDown", "Reduce your request rate.", 503), None, RuntimeError("a defect")]

    async def call(doing):
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "Successful"

    monkeypatch.setattr(tasks, "_call", call)
    job = create(TAGS, Manifest=manifest(bucket, "a"))
    work()
    assert reported(job)[0][3:] == ["succeeded", "200", "", "Successful"]
    job = create(TAGS, Manifest=manifest(bucket, "a"))
    work()
    assert reported(job)[0][3:6] == ["failed", "500", "InternalError"]


def test_an_outcome_is_written_once(s3, bucket, create, manifest, step, platform, described):
    """Two processes may do a task at once: the first outcome counts. Its message is cut, and has no NUL."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    job = create(TAGS, Manifest=manifest(bucket, "a", "b"))
    step(job, "Active", turns=0)
    with platform.store.write() as tx:
        rows.settle(tx, job, 1, Outcome("failed", 403, "AccessDenied", "\0" + "x" * 5000))
        rows.settle(tx, job, 1, Outcome("succeeded", 200, "", "Successful"))
        ((task, outcome),) = rows.settled(tx, job, "failed", 0, 10)
    assert (task.key, outcome.message) == ("a", "\ufffd" + "x" * 1023)
    summary = described(job)["ProgressSummary"]
    assert (summary["NumberOfTasksSucceeded"], summary["NumberOfTasksFailed"]) == (0, 1)
