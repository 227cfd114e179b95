"""What a service is made of: Service, Resource, Context, controllers, authorisation. Knows no particular service."""

from clary.kernel import Arn, AwsError, Caller
from clary.plane.action import Also
from clary.plane.authorization.facts import Access, Guard
from clary.plane.changes import Reaction
from clary.plane.context import Context
from clary.plane.controller import Call, Reconcile, Step, World
from clary.plane.platform import Platform
from clary.plane.resource import Errors, Resource, States
from clary.plane.service import Service
from clary.store.api import Change, Query, Record

__all__ = [
    "Access",
    "Also",
    "Arn",
    "AwsError",
    "Call",
    "Caller",
    "Change",
    "Context",
    "Errors",
    "Guard",
    "Platform",
    "Query",
    "Reaction",
    "Reconcile",
    "Record",
    "Resource",
    "Service",
    "States",
    "Step",
    "World",
]
