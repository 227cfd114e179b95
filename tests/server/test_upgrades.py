"""What services tell their store: upgrades of a home in use, and what is observed of its records."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.services import load_services
from tests.plane.tiny import ROOT, service
from tests.support.homes import fresh_home

OPTIONS = Options(account="111122223333")


def start(home: Home, **more: Any) -> Platform:
    return assemble(home, OPTIONS, runs=FakeExecutor(), **more)


def test_a_home_of_this_version_is_not_copied(tmp_path: Path) -> None:
    home = fresh_home(tmp_path / "home", OPTIONS)
    start(home).store.close()
    assert list(home.path.glob("clary.db.before-*")) == []


def test_documents_are_read_in_their_latest_form_and_written_so_at_the_next_write(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    earlier = start(home, services={**load_services(), "sagemaker": service()})
    with closing(earlier.store):
        earlier.perform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, "us-east-1")

    tiny = service()
    tiny.upgrade("Model", since=1)(
        lambda doc: {**doc, "spec": {**doc["spec"], "EnableNetworkIsolation": True}}
    )
    later = start(home, services={**load_services(), "sagemaker": tiny})
    with closing(later.store):
        shown = later.perform("sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, "us-east-1")
        assert shown["EnableNetworkIsolation"] is True
        with later.store.write() as tx:
            assert tx.sql("select format from resource where id = 'm'") == [(0,)]
            record = tx.get("sagemaker:Model", "111122223333/us-east-1", "m")
            assert record is not None
            tx.update(record)
            assert tx.sql("select format from resource where id = 'm'") == [(1,)]


def test_what_a_service_observes_is_told_at_the_platforms_time(tmp_path: Path) -> None:
    tiny, clock = service(), FakeClock(1000.0)
    tiny.observe("Model", "EnableNetworkIsolation", tags=True)
    platform = start(Home.at(tmp_path / "home"), services={**load_services(), "sagemaker": tiny}, clock=clock)
    with closing(platform.store):
        platform.perform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, "us-east-1")
        with platform.store.read() as tx:
            (one,) = tx.changes(0, 10)
    assert (one.what, one.kind, one.at) == ("created", "sagemaker:Model", clock.now())
    assert one.view["new"] == {"status": "", "members": {}, "tags": {}}
