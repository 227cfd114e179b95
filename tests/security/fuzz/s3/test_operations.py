"""Every operation of S3 with inputs, headers, query strings and documents that are nearly right: nothing is the platform's fault
(a status of 5xx but 501, and 503 for what is busy), each answer can be read by boto3, and what is refused has changed nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from tests.security.fuzz.harness import EXAMPLES, FUZZING
from tests.security.fuzz.s3.caller import Careless
from tests.security.fuzz.s3.inputs import changed
from tests.security.fuzz.s3.judging import changed_since, seen
from tests.security.fuzz.s3.wire import Changes, changes
from tests.security.matrix.inputs import s3, s3control
from tests.security.matrix.world import World

_OF_SERVICES = {"s3": (s3.CASES, 3), "s3control": (s3control.CASES, 1)}


@pytest.mark.parametrize("service", _OF_SERVICES)
def test_no_operation_fails_by_its_own_fault(service: str, world: World) -> None:
    cases, share = _OF_SERVICES[service]
    caller = Careless(world, service)
    model = caller._client.meta.service_model

    @settings(FUZZING, max_examples=share * EXAMPLES)
    @given(st.sampled_from(sorted(cases)), changes(), st.data())
    def withstands(operation: str, changes: Changes, data: Any) -> None:
        params = data.draw(
            changed(model.operation_model(operation).input_shape, cases[operation].make(world))
        )
        before = seen(world)
        error = caller.call(operation, params, changes)
        if caller.status is None:
            reject()
        event(f"{caller.status} {error.get('Code', '')}")
        assert caller.status < 500 or caller.status in (501, 503), (operation, params, error)
        if caller.status >= 300:
            assert not changed_since(world, before), (operation, params, error)

    withstands()
