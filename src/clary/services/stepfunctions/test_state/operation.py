"""TestState (https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError, Caller
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Members
from clary.services.stepfunctions.executions.life import outcomes
from clary.services.stepfunctions.executions.life.outside import Around
from clary.services.stepfunctions.executions.start import check_input
from clary.services.stepfunctions.integrations import calls
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.run import Facts, Frame, Run
from clary.services.stepfunctions.language.errors import StateError
from clary.services.stepfunctions.language.texts import dump, load
from clary.services.stepfunctions.language.timestamps import text_of
from clary.services.stepfunctions.machines import checks
from clary.services.stepfunctions.names import Params
from clary.services.stepfunctions.service import stepfunctions
from clary.services.stepfunctions.test_state import inspection, mocks
from clary.services.stepfunctions.test_state.probe import Mocked, Probe
from clary.services.stepfunctions.test_state.subject import Subject, subject_of

_ACCEPTS = Members(
    "definition roleArn input inspectionLevel variables stateName mock context stateConfiguration.retrierRetryCount",
    refused="revealSecrets",
)
_UNTESTED = (
    "TestState API does not support Map or Parallel states. Supported state types include: "
    "[Task, Wait, Pass, Succeed, Fail, Choice]"
)


@stepfunctions.operation(lane="compute", accepts=_ACCEPTS)
def test_state(ctx: Context, params: Params) -> Params:
    """Run one state with an input, and say what it passes on, or where its error leads. A wait is not waited for."""
    mock = params.get("mock")
    subject = subject_of(ctx.platform, params["definition"], params.get("stateName"), mock is not None)
    _check(ctx, params, subject, mock)
    probe, frame = _begun(ctx, params, subject, mock is not None)
    at = Data(probe.run, probe.facts, frame, subject.state)
    frame.entered = probe.outside.now()
    seen = inspection.before(at)
    result = _run(ctx, params, probe, frame, subject, mock)
    if result is not None and not (probe.error and result.failed):
        seen |= inspection.after(
            Data(probe.run, probe.facts, _again(params, frame, subject), subject.state), result.output
        )
    return _shown(params, probe, frame, subject, seen)


test_state.__test__ = False  # type: ignore[attr-defined]


def _check(ctx: Context, params: Params, subject: Subject, mock: dict[str, Any] | None) -> None:
    state = subject.state
    if mock is not None:
        mocks.check(ctx.platform, state, mock, bool(params.get("revealSecrets")))
    elif params.get("revealSecrets"):
        raise not_implemented("stepfunctions", "TestState with revealSecrets")
    elif state.kind in ("Map", "Parallel"):
        raise AwsError("InvalidDefinition", _UNTESTED)
    elif state.kind == "Task" and "roleArn" not in params:
        raise validation("RoleArn must be specified when testing a Task state")
    if "roleArn" in params:
        with ctx.transaction() as within:
            checks.role(within, params["roleArn"], "TestState")


def _begun(ctx: Context, params: Params, subject: Subject, is_mocked: bool) -> tuple[Probe, Frame]:
    """Return an engine, and the frame that is about to enter the state."""
    run = Run()
    frame = run.add(
        0, 0, subject.container, subject.state.name, load(check_input(params.get("input", "{}"))), 0
    )
    frame.variables = _object(params.get("variables", "{}"), "variables")
    count = params.get("stateConfiguration", {}).get("retrierRetryCount")
    around = (Mocked if is_mocked else Around)(ctx.platform, ctx.scope, ctx.arn("stateMachine:TestState"))
    probe = Probe(run, subject.definition, _facts(ctx, params, frame.input), around)
    probe.used = count or 0
    return probe, frame


def _facts(ctx: Context, params: Params, input: Any) -> Facts:
    role, name = params.get("roleArn", ""), ctx.platform.ids.uuid()
    arn = ctx.arn(f"express:TestState:{name}")
    execution = {"Id": arn, "Input": input, "Name": name, "RoleArn": role, "StartTime": text_of(ctx.now)}
    machine = {"Id": ctx.arn("stateMachine:TestState"), "Name": "TestState"}
    if "context" not in params:
        return Facts(arn, role, ctx.region, execution, machine)
    given = _object(params["context"], "Context object")
    if "Map" in given:
        raise validation(
            "Invalid Context object provided: 'Map' field is not supported when mocking a Context object"
        )
    return Facts(arn, role, ctx.region, given.get("Execution", {}), given.get("StateMachine", {}))


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        found = load(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise validation(f"Invalid {what} provided: it must be a JSON object")
    return found


def _run(
    ctx: Context, params: Params, probe: Probe, frame: Frame, subject: Subject, mock: dict[str, Any] | None
) -> Outcome | None:
    """Run the state. Return what its task came to, or the result of a Pass state."""
    if mock is not None:
        error = mock.get("errorOutput")
        failed = None if error is None else StateError(error.get("error"), error.get("cause"))
        result = None if failed else mocks.result_of(mock)
        probe.stand_in(frame, subject.state, result, failed)
        return Outcome(result, failed=failed is not None)
    probe.step(frame)
    if frame.phase == "sleep" and frame.then == "wait":
        probe.step(frame)
    if frame.phase == "task" and frame.task is not None:
        outcome = _called(ctx, params, frame)
        outcomes.finish(probe, frame, outcome)
        return outcome
    raw = subject.state.raw
    return Outcome(raw["Result"]) if subject.state.kind == "Pass" and "Result" in raw else None


def _called(ctx: Context, params: Params, frame: Frame) -> Outcome:
    task = frame.task or {}
    if task["pattern"] or task["family"] == "activity":
        raise validation("TestState does not support activities, .sync or .waitForTaskToken without a mock.")
    directory = ctx.platform.extras["directory"]
    service = Caller.of_service(stepfunctions.principal, ctx.account, ctx.arn("stateMachine:TestState"))

    def call(name: str, operation: str, request: dict[str, Any], role: str) -> dict[str, Any]:
        with ctx.platform.store.read() as tx:
            who = directory.acting(tx, role, "TestState", service)
        return ctx.platform.perform(name, operation, request, who, ctx.region, account=ctx.account)

    return calls.make(calls.Caller(ctx.platform, call, params["roleArn"], service.source_arn), task)


def _again(params: Params, frame: Frame, subject: Subject) -> Frame:
    """Return a frame with the state's own input: the tested one is at the next state."""
    return Frame(
        frame.id,
        0,
        0,
        subject.container,
        subject.state.name,
        load(params.get("input", "{}")),
        0,
        frame.variables,
    )


def _shown(params: Params, probe: Probe, frame: Frame, subject: Subject, seen: dict[str, Any]) -> Params:
    status = probe.status
    shown: Params = {"status": status}
    if probe.error is not None and status != "SUCCEEDED":
        shown |= {
            name: value
            for name, value in (("error", probe.error.error), ("cause", probe.error.cause))
            if value is not None
        }
    if status in ("SUCCEEDED", "CAUGHT_ERROR"):
        shown["output"] = probe.run.end.output if probe.run.end else dump(frame.input)
        if frame.state != subject.state.name:
            shown["nextState"] = frame.state
    if params.get("inspectionLevel", "INFO") != "INFO":
        shown["inspectionData"] = seen | _errors(probe)
    return shown


def _errors(probe: Probe) -> dict[str, Any]:
    if probe.retried is not None:
        return {"errorDetails": {"retryIndex": probe.retried, "retryBackoffIntervalSeconds": int(probe.wait)}}
    return {} if probe.caught is None else {"errorDetails": {"catchIndex": probe.caught}}
