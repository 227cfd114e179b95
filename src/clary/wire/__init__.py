"""Bytes to dicts and back, by the models that botocore ships. Knows no single service."""

from clary.wire.exchange import Exchange
from clary.wire.family import Unread
from clary.wire.http import Buffer, Duplex, FileSpan, Request, Response, Switch
from clary.wire.model import Operation, ServiceModel, load
from clary.wire.route import NotRead, Router
from clary.wire.serialize.elements import Elements
from clary.wire.signature import Signature
from clary.wire.signed import Version2
from clary.wire.source import home_region, partitions, regions

__all__ = [
    "Buffer",
    "Duplex",
    "Elements",
    "Exchange",
    "FileSpan",
    "NotRead",
    "Operation",
    "Request",
    "Response",
    "Router",
    "ServiceModel",
    "Signature",
    "Switch",
    "Unread",
    "Version2",
    "home_region",
    "load",
    "partitions",
    "regions",
]
