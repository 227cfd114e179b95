"""Which operation of which service a request is for, as clients tell it. Knows no single service.

A signature says for which service a request is: only the services of that signing name are looked at. Among them, in
this order: the header X-Amz-Target, the RPC path of smithy-rpc-v2-cbor, the parameter Action, and for REST the path. S3
speaks REST alone, and an unsigned request is S3's.

The router has two levels. Which services a request may be for is told by their metadata alone; their operations are
arranged when the first request is for one of them (`NotRead`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clary.kernel import AwsError
from clary.wire import foreign, form_data, limits, signature_errors
from clary.wire.canonical import S3_NAMES, without_dots
from clary.wire.dialect import spoken
from clary.wire.exchange import Codec, Exchange
from clary.wire.family import CBOR, Family, Unread, rpc_name
from clary.wire.hosts import host_of
from clary.wire.http import Request, Response
from clary.wire.model import ServiceModel
from clary.wire.parse import form
from clary.wire.parse.query import pairs
from clary.wire.serialize import render_error, request_headers

_VIRTUAL_HOST = re.compile(
    r"(.+)\.(?:s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?)", re.IGNORECASE
)
# The name of an access point and its account, or a bucket with Transfer Acceleration, each with the words that tell it from
# a bucket's name.
_MARKED_HOST = re.compile(
    r"(.+\.s3-accesspoint(?:\.dualstack)?\.[a-z0-9-]+|.+\.s3-accelerate)(?:\.dualstack)?\.amazonaws\.com(?:\.cn)?",
    re.IGNORECASE,
)
_BUCKET = re.compile(r"[a-z0-9._-]+").fullmatch
_CREDENTIAL = re.compile(r"credential=[^&,\s]*?(?:/|%2f)([a-z0-9-]+)(?:/|%2f)aws4_request", re.IGNORECASE)
_S3 = "s3"
_S3_CONTROL = "s3control"


class Misdirected(AwsError):
    """A request that is signed for another service than the one that it is for, said in that one's protocol."""

    def __init__(self, error: AwsError, model: ServiceModel, protocol: str) -> None:
        super().__init__(error.code, error.message, error.status, error.members)
        self.model = model
        self.protocol = protocol


class NotRead(Exception):
    """A request may be for one of these services, whose models are not read: `Router.add` them, and ask again."""

    def __init__(self, services: Iterable[str]) -> None:
        self.services = tuple(services)
        super().__init__(*self.services)


class Router:
    """The operations of a set of services, some of which may still be unread.

    `hosts` are the names below which a bucket may stand (`bucket.localhost:4566`), besides AWS's own.
    """

    def __init__(
        self, models: Iterable[ServiceModel | Unread], hosts: Iterable[str] = ("localhost",)
    ) -> None:
        self._hosts = tuple("." + host.lower() for host in hosts)
        self._families: dict[str, Family] = {}
        self._prefixes: dict[str, ServiceModel] = {}
        self._rpc_services: dict[str, ServiceModel] = {}
        for one in models:
            if isinstance(one, Unread):
                self._family(one.model).announce(one)
            else:
                self.add(one)

    def add(self, model: ServiceModel) -> None:
        """Arrange the operations of a service."""
        self._family(model).add(model)

    def _family(self, model: ServiceModel) -> Family:
        """Return the services of a model's signing name; what names the model itself is noted."""
        if "json" in model.protocols:
            self._prefixes[str(model.target_prefix)] = model
        if CBOR in model.protocols:
            self._rpc_services[rpc_name(model)] = model
        # S3 Control is signed for as S3 is, and its paths could be a bucket's: an account in a header tells them apart.
        name = model.name if model.name == _S3_CONTROL else model.signing_name
        return self._families.setdefault(name, Family())

    def _is_control(self, request: Request) -> bool:
        """Return whether a request that is signed for S3 is for an operation of S3 Control. Raise NotRead."""
        family = self._families.get(_S3_CONTROL) if "x-amz-account-id" in request.headers else None
        path = without_dots(request.path)
        if family and any(one.may_serve(path) for one in family.unread):
            raise NotRead((_S3_CONTROL,))
        return family is not None and family.paths is not None and family.paths.knows(path)

    # finding ---------------------------------------------------------------------------------------------------

    def find(self, request: Request, service: str | None) -> Exchange | None:
        """Return the operation that a request is for; None where `refusal` tells why there is none. `service` is the one that it
        is signed for, None for an unsigned request. Raise NotRead where it takes a model to tell."""
        name = service or _S3
        if name == _S3 and self._is_control(request):
            name = _S3_CONTROL
        family = self._families.get(name)
        if family is None:
            return None
        if family.unread and (wanted := self._unread(family, name, request)):
            raise NotRead(wanted)
        if name not in S3_NAMES:
            dialect = spoken(request)
            if dialect == "json":
                return _without_labels(self._by_target(family, request))
            if dialect == CBOR:
                return _without_labels(self._by_rpc_path(family, request))
            if dialect == "query":
                return _without_labels(self._by_action(family, request))
        return self._by_path(family, name, request)

    def _unread(self, family: Family, name: str, request: Request) -> list[str]:
        """Return which services that are not read a request may be for: those that speak its dialect: of JSON
        and CBOR the one that it names, of REST those with a path that begins like its own."""
        dialect = "rest" if name in S3_NAMES else spoken(request)
        if dialect in ("json", CBOR):
            named = self._named(request, dialect)
            return [one.model.name for one in family.unread if one.model is named]
        if dialect == "rest" and name not in S3_NAMES:
            path = without_dots(request.path)
            return [one.model.name for one in family.unread if one.may_serve(path)]
        return [one.model.name for one in family.unread if one.speaks(dialect)]

    def _by_target(self, family: Family, request: Request) -> Codec | None:
        return family.targets.get(request.headers["x-amz-target"]) if request.method == "POST" else None

    def _by_rpc_path(self, family: Family, request: Request) -> Codec | None:
        found = foreign.RPC_PATH.fullmatch(without_dots(request.path))
        if found is None or request.method != "POST" or request.headers["smithy-protocol"] != "rpc-v2-cbor":
            return None
        return family.rpc.get((found[1], found[2]))

    def _by_action(self, family: Family, request: Request) -> Codec | None:
        fields = form(request, family.unpacked)
        codecs = family.actions.get(_field(fields, "Action"))
        if codecs is None or len(codecs) == 1:
            return codecs[0] if codecs else None
        version = _field(fields, "Version")
        return next((codec for codec in codecs if _version(codec) == version), codecs[0])

    def _by_path(self, family: Family, name: str, request: Request) -> Exchange | None:
        if name == _S3 and "x-amz-account-id" in request.headers and _S3_CONTROL not in self._families:
            _refuse_control(request)
        path = self.bucket_in_path(request) if name == _S3 else without_dots(request.path)
        found = family.paths.find(request.method, path, request) if family.paths else None
        return Exchange(*found) if found else None

    # not finding -----------------------------------------------------------------------------------------------

    def refusal(self, request: Request, service: str | None) -> AwsError:
        """Return the error for a request for which `find` finds nothing. It may read the models of other services, which
        takes long. Raise NotRead where it takes those of services that are here."""
        name = service or _S3
        family = self._families.get(name)
        dialect = "rest" if name in S3_NAMES else spoken(request)
        # CBOR may be for a service that shares the signing name of one that is here, as EventBridge's second API does.
        if family is None or (dialect == CBOR and not (family.rpc or family.unread)):
            return self._elsewhere(request, name) or foreign.refusal(request, name)
        if family.unread:  # of which an installed model may know more than what was said of it
            raise NotRead(one.model.name for one in family.unread)
        if dialect in ("json", CBOR):
            return self._elsewhere(request, name) or AwsError("UnknownOperationException", "")
        if dialect == "query":
            return self._no_action(family, name, request)
        return self._no_path(family, name, request)

    def _no_action(self, family: Family, name: str, request: Request) -> AwsError:
        fields = form(request, family.unpacked)
        action, version = _field(fields, "Action"), _field(fields, "Version")
        if not action:
            return _missing_action()
        said = f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}"
        return self._of_another(request, action, version, name) or AwsError("InvalidAction", said)

    def _no_path(self, family: Family, name: str, request: Request) -> AwsError:
        other = "" if name == _S3 else foreign.operation_at(request, name)
        if other:
            return foreign.refused(other)
        if family.paths is None:
            return self._without_paths(family, name, request, without_dots(request.path))
        return _no_operation(name, request)

    def _elsewhere(self, request: Request, name: str) -> Misdirected | None:
        """Return the error for a request that names a service of this platform, but is signed for another."""
        dialect = spoken(request)
        model = self._named(request, dialect)
        if model is not None and model.signing_name != name:
            return _misdirected(model, dialect, request, name)
        if dialect == "query":
            fields = form(request, limits.SMALLEST)
            return self._of_another(request, _field(fields, "Action"), _field(fields, "Version"), name)
        return None

    def _of_another(self, request: Request, action: str, version: str, name: str) -> Misdirected | None:
        """Return the same for an action, whose version says which service is meant, as a host does at AWS."""
        others = [family for other, family in self._families.items() if other != name]
        unread = [one.model for family in others for one in family.unread if one.speaks("query")]
        if wanted := [model.name for model in unread if model.metadata["apiVersion"] == version]:
            raise NotRead(wanted)
        for family in others:
            for codec in family.actions.get(action, ()):
                if _version(codec) == version:
                    return _misdirected(codec.operation.service, codec.protocol, request, name)
        return None

    def _without_paths(self, family: Family, name: str, request: Request, path: str) -> AwsError:
        """Return the error for a request that says no operation, to a service without paths: another's, where
        it has one."""
        for other in self._families.values():
            if other.models[0].signing_name not in S3_NAMES and _has_path(other, path):
                rest = next(m for m in other.models if m.protocols[0].startswith("rest"))
                return _misdirected(rest, rest.protocols[0], request, name)
        s3 = self._families.get(_S3)
        if s3 is not None and self.bucket_in_path(request).strip("/"):
            return _misdirected(s3.models[0], "rest-xml", request, name)
        if self.guess(request, name)[1] in ("query", "ec2"):
            return _missing_action()
        return AwsError("UnknownOperationException", "")

    # where, and how much ---------------------------------------------------------------------------------------

    def bucket_in_path(self, request: Request) -> str:
        """Return the path with the bucket in it, wherever the client told it: there, or in the host's name."""
        bucket = self._bucket_of(host_of(request.headers.get("host", "")))
        return f"/{bucket}{request.path}" if bucket and _BUCKET(bucket) else request.path

    def _bucket_of(self, host: str) -> str | None:
        for suffix in self._hosts:
            if host.endswith(suffix):
                return host.removesuffix(suffix)
        if not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            return None
        found = _MARKED_HOST.fullmatch(host) or _VIRTUAL_HOST.fullmatch(host)
        return found[1] if found and not found[1].endswith("s3-control") else None

    def takes_reading(self, request: Request, service: str | None) -> bool:
        """Tell whether it takes models of services that are not here to say what a request is refused for, and in whose
        words: `read`, in a thread, reads them."""
        name = service or _claimed(request) or _S3
        family = self._families.get(name)
        if family is None:
            return True
        if name == _S3:
            return "x-amz-account-id" in request.headers
        if family.speaks_rest or request.path == "/" or spoken(request) != "rest":
            return spoken(request) == CBOR and not family.rpc
        return not foreign.has_read_paths(name)

    def refusal_reads(self, request: Request, service: str | None) -> bool:
        """Tell whether `refusal` may read models, also after `read` where that was needed."""
        name = service or _S3
        if name not in self._families:
            return True
        return name not in S3_NAMES and spoken(request) == "rest" and not foreign.has_read_paths(name)

    def read(self, request: Request, service: str | None) -> None:
        """Read them. What is asked of this router about the request afterwards is answered at once."""
        name = service or _claimed(request) or _S3
        foreign.services(name)
        if name in S3_NAMES or spoken(request) == "rest":
            foreign.operation_at(request, name, _S3_CONTROL if name == _S3 else "")

    def largest(self, request: Request, service: str) -> int:
        """Return how many bytes of body a service takes at most in what this request speaks."""
        family = self._families.get(service)
        return family.largest.get(spoken(request), limits.SMALLEST) if family else limits.SMALLEST

    # refusing --------------------------------------------------------------------------------------------------

    def error_without_match(
        self, request: Request, error: AwsError, request_id: str, service: str | None = None
    ) -> Response:
        """Return the response for an error before or without a match. `service` is the one that the request
        is signed for, where that could be read."""
        if isinstance(error, Misdirected):
            model, protocol = error.model, error.protocol
        else:
            model, protocol = self.guess(request, service)
        return render_error(model, protocol, error, request_id, request.method == "HEAD")

    def answer_without_match(
        self, request: Request, headers: list[tuple[str, str]], request_id: str
    ) -> Response:
        """Return an answer without a body to a request that is for no operation (OPTIONS)."""
        return Response(200, [*request_headers(*self.guess(request, None))(request_id), *headers])

    def guess(self, request: Request, service: str | None) -> tuple[ServiceModel | None, str]:
        """Return in which service's and protocol's words a request is refused that has no operation (yet)."""
        dialect = "rest" if service in S3_NAMES else spoken(request)
        if dialect in ("json", CBOR):
            return self._named(request, dialect), dialect
        models = self._who_speaks(service or _claimed(request) or _S3, dialect, request)
        if dialect == "query":
            model = next((m for m in models if {"query", "ec2"} & set(m.protocols)), None)
            return model, "ec2" if model and "ec2" in model.protocols else "query"
        model = next((m for m in models if m.protocols[0].startswith("rest")), models[0] if models else None)
        if service is None and model is not None and model.name == _S3 and _is_json(request):
            return None, "rest-json"
        return model, _spoken(model, request.headers.get("content-type", "")) if model else "rest-xml"

    def _who_speaks(self, name: str, dialect: str, request: Request) -> Sequence[ServiceModel]:
        """Return the services of a signing name that a request may be for: ours, unless it is REST and none
        of them speaks that."""
        family = self._families.get(name)
        strange = dialect == "rest" and family is not None and not family.speaks_rest and request.path != "/"
        if family is None or (strange and foreign.operation_at(request, name)):
            return foreign.services(name)
        return family.models

    def _named(self, request: Request, dialect: str) -> ServiceModel | None:
        """Return the service that a target or an RPC path names."""
        if dialect == "json":
            return self._prefixes.get(request.headers["x-amz-target"].rpartition(".")[0])
        found = foreign.RPC_PATH.fullmatch(request.path) if dialect == CBOR else None
        return self._rpc_services.get(found[1]) if found else None


def _without_labels(codec: Codec | None) -> Exchange | None:
    return Exchange(codec, {}) if codec else None


def _has_path(family: Family, path: str) -> bool:
    """Return whether a service serves a path. It is looked up without being loaded."""
    if family.paths is not None and family.paths.knows(path):
        return True
    return any(foreign.has_path(one.model.name, path) for one in family.unread if one.speaks("rest"))


def _version(codec: Codec) -> str:
    return codec.operation.service.metadata["apiVersion"]


def _field(form: str, name: str) -> str:
    """Return the first field of this name. All of a form is parsed once only, by the operation that it is
    for."""
    return next((value for key, value in pairs(form) if key == name), "")


def _claimed(request: Request) -> str | None:
    """Return the service that a signature seems to be for which could not be read: for the choice of words
    only."""
    found = _CREDENTIAL.search(request.headers.get("authorization") or request.query)
    return found[1] if found else None


def _spoken(model: ServiceModel, content_type: str) -> str:
    """In which of a service's protocols a request is refused that does not say which it speaks."""
    for word, protocol in (("cbor", CBOR), ("json", "json")):
        if word in content_type and protocol in model.protocols:
            return protocol
    return next((p for p in model.protocols if p in ("query", "ec2")), model.protocols[0])


def _misdirected(model: ServiceModel, protocol: str, request: Request, name: str) -> Misdirected:
    presigned = "authorization" not in request.headers
    error = signature_errors.wrong_service(protocol, presigned, name, model.signing_name)
    return Misdirected(error, model, protocol)


def _missing_action() -> AwsError:
    return AwsError("MissingAction", "The request must contain the parameter Action.")


def _is_json(request: Request) -> bool:
    """Tell whether it posts a JSON document, which S3 never takes: some services have operations that are not signed."""
    return request.method == "POST" and request.headers.get("content-type", "").startswith("application/json")


def _refuse_control(request: Request) -> None:
    """Raise NotImplemented for an operation of S3 Control, which shares S3's signing name and always names an account."""
    found = foreign.operation_at(request, _S3, _S3_CONTROL)
    if found:
        raise foreign.refused(found)


def _no_operation(name: str, request: Request) -> AwsError:
    if name != "s3":  # some other service of the same signing name, or an operation newer than the models
        return foreign.refused(f"{request.method} {request.path} of the service {name}")
    if _is_json(request):
        return foreign.refused(f"POST {request.path}")
    if request.method == "POST" and not request.query and request.path.count("/") == 1 < len(request.path):
        return form_data.other_type()
    said = {"Method": request.method, "ResourceType": "OBJECT" if request.path.count("/") > 1 else "BUCKET"}
    return AwsError(
        "MethodNotAllowed", "The specified method is not allowed against this resource.", 405, said
    )
