"""MLflow tracking servers and apps. Their HTTP has tests of its own (tests/services/sagemaker/mlflow/test_sites.py)."""

from __future__ import annotations

from collections.abc import Callable

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import TAGS, made, plus, shared
from tests.security.matrix.world import World
from tests.services.sagemaker.mlflow.stub import Stub

Make = Callable[[World], Params]


def _server(w: World) -> Params:
    return {
        "TrackingServerName": w.fresh("track"),
        "ArtifactStoreUri": "s3://bucket/mlflow",
        "RoleArn": w.once("role", lambda w: ""),
    }


def _app(w: World) -> Params:
    return {
        "Name": "app",
        "ArtifactStoreUri": "s3://bucket/mlflow",
        "RoleArn": w.once("role", lambda w: ""),
    }


def _new_app(w: World) -> Params:
    return {"Arn": w.client("sagemaker").create_mlflow_app(**_app(w), Tags=TAGS)["Arn"]}


def _created(make: Make) -> Make:
    """A server whose program answers: one stub stands for the programs of all."""

    def settled(w: World) -> Params:
        named = make(w)
        w.turn()
        stub = w.once("mlflow", lambda w: Stub(w.folder / "mlflow"))
        for run, spec in w.runs.specs.items():
            if spec.environment == "mlflow" and w.runs.inspect(run).phase == "preparing":
                w.runs.advance(run, sockets={"algo-1": str(stub.path.parent)})
        w.turn(5)
        return named

    return settled


def _stopped(w: World) -> Params:
    named = created(w)
    w.client("sagemaker").stop_mlflow_tracking_server(**named)
    w.turn(2)
    for run, _ in w.runs.stops:
        if run in w.runs.specs and w.runs.inspect(run).phase == "running":
            w.runs.finish(run)
    w.turn(5)
    return named


created = _created(made("create_mlflow_tracking_server", _server, "TrackingServerName", Tags=TAGS))
a_server = shared("tracking server", created)
app = _created(_new_app)
an_app = shared("mlflow app", app)

_MISSING, _OWN = Outcome.MISSING, Outcome.OWN

CASES = {
    "CreateMlflowApp": Case(_app, Outcome.REFUSED),
    "CreateMlflowTrackingServer": Case(_server, Outcome.REFUSED),
    "CreatePresignedMlflowAppUrl": Case(an_app, _MISSING),
    "CreatePresignedMlflowTrackingServerUrl": Case(a_server, _MISSING),
    "DeleteMlflowApp": Case(app, _MISSING),
    "DeleteMlflowTrackingServer": Case(created, _MISSING),
    "DescribeMlflowApp": Case(an_app, _MISSING),
    "DescribeMlflowTrackingServer": Case(a_server, _MISSING),
    "ListMlflowApps": Case(lambda w: {}, _OWN),
    "ListMlflowTrackingServers": Case(lambda w: {}, _OWN),
    "StartMlflowTrackingServer": Case(_stopped, _MISSING),
    "StopMlflowTrackingServer": Case(created, _MISSING),
    "UpdateMlflowApp": Case(plus(app, Name="other"), _MISSING),
    "UpdateMlflowTrackingServer": Case(plus(created, TrackingServerSize="Medium"), _MISSING),
}
