"""Which operation of which service a request is for, as clients tell it. Knows no service of ours.

In this order: the RPC path of smithy-rpc-v2-cbor, the header X-Amz-Target, the parameter Action, and for REST the path,
among the services that share the signing name of the request's SigV4 scope. An unsigned request is S3's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from clary.kernel import AwsError
from clary.wire.exchange import Codec, Exchange
from clary.wire.http import Request, Response
from clary.wire.model import ServiceModel
from clary.wire.parse import form
from clary.wire.parse.query import pairs
from clary.wire.paths import PathTable
from clary.wire.serialize import render_error, request_headers

_RPC_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")
_VIRTUAL_HOST = re.compile(
    r"(.+)\.(?:s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?)", re.IGNORECASE
)
_CREDENTIAL = re.compile(r"X-Amz-Credential=([^&]+)", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_CBOR = "smithy-rpc-v2-cbor"


class Router:
    """The operations of a set of services, arranged once for finding.

    `hosts` are the names below which a bucket may stand (`bucket.localhost:4566`), besides AWS's own.
    """

    def __init__(self, models: Iterable[ServiceModel], hosts: Iterable[str] = ("localhost",)) -> None:
        self._hosts = tuple("." + host.lower() for host in hosts)
        self._models: dict[str, list[ServiceModel]] = {}
        self._targets: dict[str, list[Codec]] = {}
        self._prefixes: dict[str, ServiceModel] = {}
        self._actions: dict[str, dict[str, Codec]] = {}
        self._rpc: dict[tuple[str, str], Codec] = {}
        self._rpc_services: dict[str, ServiceModel] = {}
        self._paths: dict[str, PathTable] = {}
        for model in models:
            self._add(model)

    def _add(self, model: ServiceModel) -> None:
        self._models.setdefault(model.signing_name, []).append(model)
        for protocol in model.protocols:
            for name, operation in model.operations.items():
                self._place(model, name, Codec(operation, protocol))

    def _place(self, model: ServiceModel, name: str, codec: Codec) -> None:
        if codec.protocol == "json":
            self._targets.setdefault(f"{model.target_prefix}.{name}", []).append(codec)
            self._prefixes[str(model.target_prefix)] = model
        elif codec.protocol in ("query", "ec2"):
            self._actions.setdefault(name, {})[model.signing_name] = codec
        elif codec.protocol == _CBOR:
            service = model.target_prefix or model.service_id
            self._rpc[service, name] = codec
            self._rpc_services[service] = model
        else:
            self._paths.setdefault(model.signing_name, PathTable()).add(codec)

    def needs_body(self, request: Request) -> bool:
        """Whether `match` must see the body: a Query request tells its action there."""
        headers = request.headers
        return headers.get("content-type", "").startswith(_FORM) and "x-amz-target" not in headers

    def match(self, request: Request) -> Exchange:
        """The operation that a request is for. Raises AwsError in AWS's words where there is none."""
        headers = request.headers
        target = headers.get("x-amz-target")
        if target is not None:
            return Exchange(self._by_target(target, request), {})
        if "smithy-protocol" in headers:
            return Exchange(self._by_rpc_path(request), {})
        if request.method == "POST" and headers.get("content-type", "").startswith(_FORM):
            return Exchange(self._by_action(request), {})
        if request.method == "GET" and "Action=" in request.query and request.path == "/":
            return Exchange(self._by_action(request), {})
        return self._by_path(request)

    def _by_target(self, target: str, request: Request) -> Codec:
        found = self._targets.get(target)
        if found is None or request.method != "POST":
            raise self._refusal(request) or AwsError("UnknownOperationException", "")
        if len(found) == 1:
            return found[0]
        name = signing_name(request)
        return next((codec for codec in found if codec.operation.service.signing_name == name), found[0])

    def _by_rpc_path(self, request: Request) -> Codec:
        found = _RPC_PATH.search(request.path)
        codec = self._rpc.get((found[1], found[2])) if found else None
        version = request.headers["smithy-protocol"]
        if codec is None or request.method != "POST" or version != "rpc-v2-cbor":
            raise self._refusal(request) or AwsError("UnknownOperationException", "")
        return codec

    def _refusal(self, request: Request) -> AwsError | None:
        """The error for a request that is signed for a service which is not here at all."""
        name = signing_name(request)
        return _unknown(name) if name and name not in self._models else None

    def _by_action(self, request: Request) -> Codec:
        fields = form(request)
        action, version = _field(fields, "Action"), _field(fields, "Version")
        if not action:
            raise _missing_action()
        services = self._actions.get(action, {})
        name = signing_name(request)
        codec = services.get(name) if name else None
        if name is None:  # STS's AssumeRoleWithWebIdentity is not signed: action and version must do
            unsigned = (c for c in services.values() if c.operation.service.metadata["apiVersion"] == version)
            codec = next(unsigned, None)
        if codec is None:
            said = f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}"
            raise self._refusal(request) or AwsError("InvalidAction", said)
        return codec

    def _by_path(self, request: Request) -> Exchange:
        name = signing_name(request) or "s3"
        table = self._paths.get(name)
        if table is None:
            raise self._without_operation(name, request)
        path = self.bucket_in_path(request) if name == "s3" else request.path
        found = table.find(request.method, path, request)
        if found is None:
            raise _no_operation(name, request, table.knows(path))
        return Exchange(*found)

    def _without_operation(self, name: str, request: Request) -> AwsError:
        """The error for a request that says no operation, to a service without paths."""
        if name not in self._models:
            return _unknown(name)
        if self._guess(request)[1] in ("query", "ec2"):
            return _missing_action()
        return AwsError("UnknownOperationException", "")

    def bucket_in_path(self, request: Request) -> str:
        """The path with the bucket in it, wherever the client told it: there already, or in the host's name."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        for suffix in self._hosts:
            if host.endswith(suffix):
                return f"/{host.removesuffix(suffix)}{request.path}"
        found = (
            _VIRTUAL_HOST.fullmatch(host) if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else None
        )
        return f"/{found[1]}{request.path}" if found and not found[1].endswith("s3-control") else request.path

    def error_without_match(self, request: Request, error: AwsError, request_id: str) -> Response:
        """The response for an error before or without a match; its protocol is guessed from the request."""
        service, protocol = self._guess(request)
        return render_error(service, protocol, error, request_id, request.method == "HEAD")

    def answer_without_match(
        self, request: Request, headers: list[tuple[str, str]], request_id: str
    ) -> Response:
        """An answer without a body to a request that is for no operation (OPTIONS)."""
        service, protocol = self._guess(request)
        return Response(200, [*request_headers(service, protocol)(request_id), *headers])

    def _guess(self, request: Request) -> tuple[ServiceModel | None, str]:
        headers = request.headers
        target = headers.get("x-amz-target")
        if target is not None:
            return self._prefixes.get(target.rpartition(".")[0]), "json"
        if "smithy-protocol" in headers:
            found = _RPC_PATH.search(request.path)
            return self._rpc_services.get(found[1]) if found else None, _CBOR
        models = self._models.get(signing_name(request) or "s3", [None])
        if headers.get("content-type", "").startswith(_FORM):
            model = next((m for m in models if m and {"query", "ec2"} & set(m.protocols)), None)
            return model, "ec2" if model and "ec2" in model.protocols else "query"
        model = next((m for m in models if m and m.protocols[0].startswith("rest")), models[0])
        return model, _spoken(model, headers.get("content-type", "")) if model else "rest-xml"


def _field(form: str, name: str) -> str:
    """The first field of this name. All of a form is parsed once only, by the operation that it is for."""
    return next((value for key, value in pairs(form) if key == name), "")


def signing_name(request: Request) -> str | None:
    """The service in the request's SigV4 scope (`AKID/date/region/SERVICE/aws4_request`); None for an unsigned one."""
    header = request.headers.get("authorization")
    if header is not None:
        _, _, scope = header.partition("Credential=")
        parts = scope.partition(",")[0].rsplit("/", 2)
        return parts[1] if len(parts) == 3 else None
    if request.query:
        found = _CREDENTIAL.search(request.query)
        parts = unquote(found[1]).rsplit("/", 2) if found else []
        return parts[1] if len(parts) == 3 else None
    return None


def _spoken(model: ServiceModel, content_type: str) -> str:
    """In which of a service's protocols a request is refused that does not say which it speaks."""
    for word, protocol in (("cbor", _CBOR), ("json", "json")):
        if word in content_type and protocol in model.protocols:
            return protocol
    return next((p for p in model.protocols if p in ("query", "ec2")), model.protocols[0])


def _missing_action() -> AwsError:
    return AwsError("MissingAction", "The request must contain the parameter Action.")


def _unknown(name: str) -> AwsError:
    """A service that is not here at all; said so rather than as an operation that its clients never heard of."""
    return AwsError("NotImplemented", f"Clary does not implement the service {name}.", status=501)


def _no_operation(name: str, request: Request, other_method: bool) -> AwsError:
    if name != "s3":  # some other service of the same signing name, or an operation newer than the models
        said = f"Clary does not implement {request.method} {request.path} of the service {name}."
        return AwsError("NotImplemented", said, status=501)
    if request.method == "POST" and request.headers.get("content-type", "").startswith("multipart/form-data"):
        said = "Clary does not implement s3 uploads by POST of a form."
        return AwsError("NotImplemented", said, status=501)
    said = {"Method": request.method, "ResourceType": "OBJECT" if request.path.count("/") > 1 else "BUCKET"}
    return AwsError(
        "MethodNotAllowed", "The specified method is not allowed against this resource.", 405, said
    )
