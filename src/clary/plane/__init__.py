"""What a service is made of: Service, Noun, Context, controllers, authorisation. Knows no particular service."""

from clary.kernel import Arn, AwsError, Caller
from clary.plane.action import Also
from clary.plane.authorization.facts import Access, Guard
from clary.plane.changes import Reaction
from clary.plane.context import Context
from clary.plane.controller import Call, Reconcile, Step, World
from clary.plane.nouns.documents import Document, revise
from clary.plane.nouns.errors import Errors
from clary.plane.nouns.keys import Key, by_arn, generated
from clary.plane.nouns.members import Members
from clary.plane.nouns.noun import Hooks, Noun, States
from clary.plane.platform import Platform
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
    "Document",
    "Errors",
    "Guard",
    "Hooks",
    "Key",
    "Members",
    "Noun",
    "Platform",
    "Query",
    "Reaction",
    "Reconcile",
    "Record",
    "Service",
    "States",
    "Step",
    "World",
    "by_arn",
    "generated",
    "revise",
]
