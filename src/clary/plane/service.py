"""A service: its model and what answers each of its operations. Knows no transport and no store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from clary.plane.action import Action, Also, Handler, Heavy, Lane, Target, lane_of
from clary.plane.authorization.facts import Access
from clary.plane.changes import Concerns, Consumer, React, always
from clary.plane.controller import Reconcile
from clary.plane.cors import Cors
from clary.plane.nouns.dialects import SAGEMAKER, Dialect
from clary.plane.nouns.lists import Listing
from clary.plane.nouns.members import Members
from clary.plane.nouns.noun import Noun, kind_of
from clary.plane.nouns.tags import Tagging
from clary.plane.nouns.upgrade import in_parts
from clary.plane.nouns.verbs import accepts, derive, target
from clary.plane.outline import Scrubbed, Wanted
from clary.plane.sealing import SealingKey
from clary.plane.sites.place import Bounds, Place
from clary.plane.sites.site import Answer, Refuse, Site, SiteOperation, Verify, refuse_unsaid, site_name
from clary.store.api import Tx
from clary.store.document_formats import Upgrade
from clary.store.feed import Observe
from clary.store.schemas import Schema, schema_of
from clary.wire import ServiceModel, load

# Its argument is the Platform of the gateway.
Background = Callable[[Any], Coroutine[Any, Any, None]]
# Its arguments are a transaction, the sealing key of today and the one that replaces it.
Reseal = Callable[[Tx, SealingKey, SealingKey], None]
F = TypeVar("F", bound=Callable[..., Any])


class Service:
    """One AWS endpoint. `schema` is the package that has its schema's steps, if it has tables of its own; `principal` is
    what policies call the service when it acts by itself, where that is not made of its signing name. `dialect` is how
    its nouns are spelled; `accepts` are the members that its operations act on, by operation, as far as they are not
    said beside the functions. `blobs` are the columns of its tables that hold keys of the object store (blobs.py), and
    `scrubbed` those of its things whose bytes are read now and then (upkeep/scrub.py)."""

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        actions: str | None = None,
        principal: str = "",
        dialect: Dialect = SAGEMAKER,
        accepts: Mapping[str, Members] | None = None,
        blobs: tuple[str, ...] = (),
        scrubbed: tuple[Scrubbed, ...] = (),
    ) -> None:
        self.name = name
        self.model: ServiceModel = load(name)
        self.actions: dict[str, Action] = {}
        self.nouns: dict[str, Noun] = {}
        self.dialect = dialect
        self.accepts: dict[str, Members] = dict(accepts or {})  # by operation
        self.controllers: dict[str, Reconcile] = {}  # by kind
        self.action_prefix = actions or self.model.signing_name
        self.principal = principal or f"{self.model.signing_name}.amazonaws.com"
        self.access = Access()
        self.cors: Cors | None = None
        self.background_work: dict[Background, bool] = {}  # and whether it is to go on in one gateway alone
        self.wanted = Wanted()  # when there is background work to do before the first call
        self.consumers: list[Consumer] = []
        self.sites: dict[str, Site] = {}  # by name
        self.upgrades: dict[str, list[Upgrade]] = {}  # by kind
        self.renewed: list[str] = []  # kinds whose documents are written again once
        self.resealing: list[Reseal] = []  # what seals the secrets in its tables under another sealing key
        self.observed: dict[str, Observe] = {}  # by kind
        # Open operations that judge what they are asked for one by one, and by which actions.
        self.one_by_one: dict[str, tuple[str, ...]] = {}
        self.schema_package = schema
        self.blobs = blobs
        self.scrubbed = scrubbed
        self._by_folded_name = {op.lower(): op for op in self.model.operations}

    @property
    def schema(self) -> Schema | None:
        """The steps that make this service's own tables, or None."""
        return schema_of(self.schema_package) if self.schema_package else None

    @property
    def asks_of(self) -> set[str]:
        """The prefixes of all actions that calls of this service need: access control asks their services."""
        also = {one.action.partition(":")[0] for action in self.actions.values() for one in action.also}
        return also | {self.action_prefix}

    def operation(
        self,
        fn: F | None = None,
        *,
        on: Target = "*",
        action: str | None = None,
        open: bool = False,
        also: tuple[Also, ...] = (),
        lane: Lane | None = None,
        heavy: Heavy | None = None,
        remembered: bool = False,
        accepts: Members | None = None,
    ) -> Any:
        """Register a function as the operation of its name; over-rules a derived verb. `accepts` are the members of its
        request that are acted on; every other one is refused.

        `async def` runs on the event loop without a transaction; `def` in a transaction, which reads or writes by the
        verb of the operation. `lane` says otherwise: `heavy_read` for a read whose work the page that it answers does
        not bound, `compute` for work that needs no transaction, or several. `heavy` tells which calls of a read are heavy.
        `remembered` is for reads of a high rate, which need not be judged again within a second.
        """

        def register(handler: F) -> F:
            operation = self.name_of(handler.__name__)
            if accepts is not None:
                self.accepts[operation] = accepts
            self.answer(operation, handler, on, action, open, also, lane, heavy, remembered)
            return handler

        return register(fn) if fn else register

    def answer(
        self,
        operation: str,
        handler: Handler,
        on: Target = "*",
        action: str | None = None,
        open: bool = False,
        also: tuple[Also, ...] = (),
        lane: Lane | None = None,
        heavy: Heavy | None = None,
        remembered: bool = False,
    ) -> None:
        """Let `handler` answer `operation`. Raise TypeError for a lane in which it cannot run."""
        name = f"{self.action_prefix}:{action or operation}"
        chosen = lane_of(operation, handler, lane, heavy)
        accepted = self.accepts.get(operation)
        handler = accepted.strict(self.name, operation, handler) if accepted else handler
        self.actions[operation] = Action(handler, name, on, chosen, open, also, heavy, remembered)

    def tagging(self, *when: str) -> Also:
        """Return the right to set tags, which a call needs beside its own if it has tags in one of these members."""
        action = "AddTags" if "AddTags" in self.model.operations else "TagResource"
        return Also(f"{self.action_prefix}:{action}", when)

    def name_of(self, snake: str) -> str:
        """`create_training_job` -> `CreateTrainingJob`. Raises LookupError for what the model does not have."""
        folded = snake.replace("_", "")
        if folded not in self._by_folded_name:
            raise LookupError(f"{self.name} has no operation {snake}")
        return self._by_folded_name[folded]

    def noun(self, noun: Noun) -> Noun:
        """Derive the operations of a declared noun that the model has and nobody wrote by hand.

        One that takes tags needs the right to set them.
        """
        noun = self.declare(noun)
        for operation, verb, handler in derive(self.model.operations, noun):
            if accepted := accepts(noun, verb, self.members_of(operation)):
                self.accepts.setdefault(operation, accepted)
            if operation not in self.actions:
                more = self._tagged(operation) + tuple(noun.also.get(operation, ()))
                heavy = handler.searches if isinstance(handler, Listing) else None
                about = target(noun, verb, self.members_of(operation), handler)
                self.answer(operation, handler, about, also=more, heavy=heavy)
        return noun

    def tagged(self, tagging: Tagging) -> Tagging:
        """Derive the tagging operations that the model has and nobody wrote by hand."""
        for operation, handler, about in tagging.derive(self.model.operations):
            if operation not in self.actions:
                if accepted := tagging.accepts(operation, self.members_of(operation)):
                    self.accepts.setdefault(operation, accepted)
                self.answer(operation, handler, about)
        return tagging

    def kind(self, noun: str) -> str:
        """Return what the store calls records of this noun."""
        return kind_of(self.name, noun)

    def declare(self, noun: Noun) -> Noun:
        """Make a noun this service's, without any operations. Raise ValueError when the service has it already."""
        if noun.name in self.nouns:
            raise ValueError(f"{self.name} declares {noun.name} twice")
        self.nouns[noun.name] = noun = replace(
            noun,
            service=self.name,
            prefix=noun.prefix or self.action_prefix,
            dialect=noun.dialect or self.dialect,
        )
        return noun

    def members_of(self, operation: str) -> tuple[str, ...]:
        """Return the members of a request, read from the description: shapes are built at the first request."""
        shape = self.model.operations[operation].description.get("input", {}).get("shape", "")
        return tuple(self.model.description["shapes"].get(shape, {}).get("members", {}))

    def _tagged(self, operation: str) -> tuple[Also, ...]:
        found = [name for name in ("Tags", "tags") if name in self.members_of(operation)]
        return (
            (self.tagging(*found),) if found and not operation.startswith(("List", "Get", "Describe")) else ()
        )

    def controller(self, noun: Noun) -> Callable[[Reconcile], Reconcile]:
        """Register the function that moves records of `noun` along. Raise ValueError for a second one."""

        def register(reconcile: Reconcile) -> Reconcile:
            if noun.kind in self.controllers:
                raise ValueError(f"{noun.kind} has two controllers")
            self.controllers[noun.kind] = reconcile
            return reconcile

        return register

    def observe(self, noun: str, *members: str, tags: bool = False) -> None:
        """Let changes of these members of the noun's documents, or of its tags, come into the change feed beside those of
        its status."""
        self.observed[self.kind(noun)] = Observe(members, tags)

    def on_change(
        self, *kinds: str, name: str = "", wants_all: bool = True, concerns: Concerns = always
    ) -> Callable[[React], React]:
        """Register a function that is called for each change of these kinds (`sagemaker:TrainingJob`; none: of all kinds),
        in the controllers' process, at least once, those of a record in their order (server/consumers.py).

        Its position in the feed is kept by the service and `name`, which is the function's own where it is not given.
        Some changes are written on demand (S3's of its objects): where `wants_all` is false, for those subjects alone
        that `Tx.want` named for `SERVICE:NAME`. Changes for which `concerns` returns false are skipped: it is asked before
        there is a transaction, and tells by the change alone.
        Raise ValueError for a name that is taken, and for what is no kind.
        """
        for kind in kinds:
            if not all(kind.partition(":")):
                raise ValueError(f"{kind!r} is not a kind of records, such as sagemaker:TrainingJob")

        def register(react: React) -> React:
            position = f"{self.name}:{name or react.__name__}"
            if any(position == other.name for other in self.consumers):
                raise ValueError(f"there are two consumers {position}")
            self.consumers.append(Consumer(position, kinds, react, self.principal, wants_all, concerns))
            return react

        return register

    def upgrade(self, noun: str, *, since: int) -> Callable[[Upgrade], Upgrade]:
        """Register the function that makes format `since` of the noun's documents out of the format before. The first
        has the number 1. Raise ValueError for a number out of order."""

        def register(upgrade: Upgrade) -> Upgrade:
            known = self.upgrades.setdefault(self.kind(noun), [])
            if since != len(known) + 1:
                raise ValueError(f"the next format of {self.kind(noun)} is {len(known) + 1}, not {since}")
            known.append(upgrade)
            return upgrade

        return register

    def split_documents(self, noun: Noun) -> None:
        """Bring documents of before there were three parts into them: the next upgrade of a noun. They are written again at
        the first start, since Lists look into what is stored."""
        self.upgrade(noun.name, since=len(self.upgrades.get(noun.kind, ())) + 1)(in_parts(noun, self.model))
        self.renewed.append(noun.kind)

    def site(
        self,
        *,
        host: str | tuple[str, ...] = (),
        path: str = "",
        verify: Verify | None = None,
        open: bool = False,
        refuse: Refuse | None = None,
        signed_for: tuple[str, ...] = (),
        bounds: Bounds | None = None,
    ) -> Callable[[Answer], Site]:
        """Register a function that answers HTTP which no model describes: `async def answer(visit) -> Response`, at the
        hosts and below the path that sites/place.py describes. `verify` tells who sent a request, or refuses it;
        `open=True` says that everybody may. `refuse` makes the answers to what is refused. Raise TypeError where neither
        or both of the two are said, ValueError for a name that is taken or a place that cannot be.
        """
        refuse_unsaid(verify, open)
        hosts = (host,) if isinstance(host, str) else host

        def register(answer: Answer) -> Site:
            name = site_name(answer.__name__)
            if name in self.sites or name in self.model.operations:
                raise ValueError(f"{self.name} has {name} already")
            place = Place(self.name, name, hosts, path, signed_for, bounds or Bounds())
            self.sites[name] = Site(place, SiteOperation(self.model, name), answer, verify, refuse)
            return self.sites[name]

        return register

    def background(
        self,
        work: Background | None = None,
        *,
        kinds: tuple[str, ...] = (),
        tables: tuple[str, ...] = (),
        alone: bool = False,
    ) -> Any:
        """Register what goes on in every gateway beside the requests, until it is cancelled. It begins when the service is
        loaded: at its first request, or where there are records of `kinds` or rows in `tables`. Where a platform has
        several gateways, what is `alone` goes on in one of them."""

        def register(work: Background) -> Background:
            self.background_work[work] = alone
            self.wanted = Wanted(
                tuple(sorted({*self.wanted.kinds, *kinds})), tuple(sorted({*self.wanted.tables, *tables}))
            )
            return work

        return register(work) if work else register

    def resealed(self, reseal: Reseal) -> Reseal:
        """Register what seals the secrets in a table of this service under another sealing key (`clary rotate-sealing-key`)."""
        self.resealing.append(reseal)
        return reseal
