"""The hooks of AWS's inference toolkit (aws/sagemaker-inference-toolkit transformer.py; contracts, section 9)."""

from __future__ import annotations

import io
import json
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from clary_programs.serving.api import Answer, Invocation
from clary_programs.serving.content import UnsupportedFormat, decode, encode
from clary_programs.serving.frameworks import NoModelFunction, defaults_of
from clary_programs.serving.hooks import HookedHandler, MixedHooks, hooks_of


def handler(code: str, framework: str = "python", **environ: str) -> HookedHandler:
    module = ModuleType("inference")
    exec(code, module.__dict__)
    return HookedHandler(hooks_of(module, defaults_of(framework)), "/m", environ)


def ask(
    model: HookedHandler, body: bytes, content_type: str = "", accept: str = "", **headers: str
) -> Answer:
    (answer,) = model.answer([Invocation(body, content_type, accept, headers)])
    return answer


def test_transform_fn_and_the_three_steps_do_not_mix() -> None:
    with pytest.raises(MixedHooks, match="Cannot use transform_fn implementation in conjunction with"):
        handler("def transform_fn(m, d, c, a): pass\ndef input_fn(d, c): pass\n")


def test_one_argument_more_is_the_context() -> None:
    model = handler(
        "def model_fn(d, context): return context.system_properties['model_dir']\n"
        "def transform_fn(m, d, c, a, context):\n"
        "    context.set_response_header(0, 'X-Amzn-SageMaker-Custom-Attributes', 'k=v')\n"
        "    context.set_response_status(201)\n"
        "    return m + context.get_request_header(0, 'X-Trace')\n"
    )
    answer = ask(model, b"", accept="text/plain", **{"x-trace": "abc"})
    assert (answer.status, answer.body) == (201, b"/mabc")
    assert answer.headers == {"X-Amzn-SageMaker-Custom-Attributes": "k=v"}


def test_a_hook_with_another_number_of_arguments_is_refused() -> None:
    with pytest.raises(TypeError, match="takes 4 arguments but 1 were given"):
        handler("def model_fn(a, b, c, d): pass\n")


def test_the_hooks_around_loading_run_in_order() -> None:
    model = handler(
        "seen = []\n"
        "def pre_model_fn(d): seen.append('before')\n"
        "def model_fn(d): seen.append('load'); return seen\n"
        "def model_warmup_fn(d, m): m.append('warm')\n"
        "def transform_fn(m, d, c, a): return m, 'application/json'\n"
    )
    assert json.loads(ask(model, b"").body) == ["before", "load", "warm"]


def test_text_arrives_as_str_and_the_rest_as_bytes() -> None:
    model = handler("def model_fn(d): pass\ndef transform_fn(m, d, c, a): return type(d).__name__\n")
    got = [ask(model, b"1", kind).body for kind in ("text/csv", "application/json", "image/png")]
    assert got == [b"str", b"str", b"bytes"]


@pytest.mark.parametrize(
    ("accept", "environ", "used"), [("", {}, "application/json"), ("*/*", {}, "application/json")]
)
def test_without_accept_the_default_is_json(accept: str, environ: dict[str, str], used: str) -> None:
    model = handler("def model_fn(d): pass\ndef transform_fn(m, d, c, a): return a\n", **environ)
    assert ask(model, b"", accept=accept).body == used.encode()


def test_the_default_accept_can_be_set() -> None:
    code = "def model_fn(d): pass\ndef transform_fn(m, d, c, a): return a\n"
    assert ask(handler(code, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv"), b"").body == b"text/csv"


def test_one_bad_invocation_spoils_no_other() -> None:
    model = handler("def model_fn(d): pass\ndef transform_fn(m, d, c, a): return str(1 / int(d))\n")
    answers = model.answer(
        [Invocation(b"1", "text/csv"), Invocation(b"0", "text/csv"), Invocation(b"2", "text/csv")]
    )
    assert [answer.status for answer in answers] == [200, 500, 200]
    assert b"ZeroDivisionError" in answers[1].body


def test_an_exceptions_own_status_code_is_used() -> None:
    code = (
        "class Error(Exception):\n    status_code = 422\n"
        "def model_fn(d): pass\ndef transform_fn(m, d, c, a): raise Error('unfit')\n"
    )
    answer = ask(handler(code), b"")
    assert answer.status == 422
    assert answer.body.startswith(b"unfit\n")


def test_flask_like_responses_are_understood() -> None:
    response = SimpleNamespace(get_data=lambda: b"x", status_code=202, mimetype="text/html")
    module = ModuleType("inference")
    module.model_fn, module.transform_fn = lambda d: None, lambda m, d, c, a: response
    answer = ask(HookedHandler(hooks_of(module, defaults_of("python")), "/m", {}), b"")
    assert (answer.status, answer.body, answer.content_type) == (202, b"x", "text/html")


def test_scikit_learn_has_no_model_fn_of_its_own() -> None:
    with pytest.raises(NoModelFunction, match="Please provide a model_fn implementation"):
        handler("", "sklearn")


def test_scikit_learns_default_steps() -> None:
    code = "class M:\n    def predict(self, x): return x.sum(axis=1)\ndef model_fn(d): return M()\n"
    model = handler(code, "sklearn")
    assert ask(model, b"1,2\n3,4\n", "text/csv", "text/csv").body == b"3.0\n7.0\n"
    assert ask(model, b"1,2", "text/csv", "text/csv").body == b"3.0\n", "one row is a table of one row"
    assert json.loads(ask(model, b"[[1, 2]]", "application/json").body) == [3.0]
    body = encode(np.array([[1.0, 2.0]]), "application/x-npy")
    answer = ask(model, body, "application/x-npy", "application/x-npy")
    assert np.load(io.BytesIO(answer.body)).tolist() == [3.0]


def test_arrays_of_objects_are_refused() -> None:
    """np.load(allow_pickle=True) would run code that the sender of a request chose."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        decode(buffer.getvalue(), "application/x-npy")


def test_npz_is_read() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, np.eye(2))
    assert decode(buffer.getvalue(), "application/x-npz").tolist() == [[1, 0], [0, 1]]


def test_types_without_a_codec_have_their_status() -> None:
    with pytest.raises(UnsupportedFormat, match="is not supported by this framework") as error:
        decode(b"", "image/png")
    assert error.value.status_code == 415
    with pytest.raises(UnsupportedFormat) as error:
        encode(1, "image/png")
    assert error.value.status_code == 406


def test_the_text_of_an_unsupported_type() -> None:
    """The blanks are AWS's: `textwrap.dedent` leaves them, because the first line has none.

    Source: UnsupportedFormatError in aws/sagemaker-inference-toolkit `errors.py`, aws/sagemaker-containers `_errors.py`.
    """
    assert str(UnsupportedFormat("a/b")) == (
        "Content type a/b is not supported by this framework.\n\n"
        "            Please implement input_fn to to deserialize the request data or an output_fn to\n"
        "            serialize the response. For more information, see the SageMaker Python SDK README."
    )


def test_xgboost_script_mode_loads_the_artifact_by_itself(tmp_path) -> None:
    xgboost = pytest.importorskip("xgboost")
    data = xgboost.DMatrix(np.array([[0.0], [1.0]]), label=[0.0, 1.0])
    booster = xgboost.train({"max_depth": 1}, data, 5)
    booster.save_model(tmp_path / "model.ubj")
    (tmp_path / "model.ubj").rename(tmp_path / "xgboost-model")
    model = HookedHandler(hooks_of(None, defaults_of("xgboost")), str(tmp_path), {})
    got = np.array(ask(model, b"0\n1\n", "text/csv", "text/csv").body.split(), float)
    assert np.allclose(got, booster.predict(data), atol=1e-6)
    assert ask(model, b"x", "image/png").status == 415


def test_pytorch_loads_torchscript_by_itself(tmp_path) -> None:
    torch = pytest.importorskip("torch")
    torch.jit.script(torch.nn.Linear(2, 1)).save(str(tmp_path / "model.pth"))
    model = HookedHandler(hooks_of(None, defaults_of("pytorch")), str(tmp_path), {})
    assert np.array(json.loads(ask(model, b"[[1, 2]]", "application/json").body)).shape == (1, 1)
