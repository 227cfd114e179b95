"""What answers say of an object's lifecycle: when it expires, and whether an archived one was restored."""

from __future__ import annotations

from typing import Any

from clary.kernel import BusinessTime
from clary.services.s3 import bucket_features
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lifecycle import restoring, rules
from clary.services.s3.lifecycle.configuration import rules_in_force
from clary.services.s3.lifecycle.rules import Subject
from clary.services.s3.object_rows import Row
from clary.store.api import Tx
from clary.wire import timestamps

Params = dict[str, Any]


def expiration(tx: Tx, bucket: Bucket, row: Row, business: BusinessTime) -> Params:
    """Return the Expiration member of an answer about a current version, if a rule lets it expire."""
    if not bucket.has(bucket_features.LIFECYCLE) or row.marker:
        return {}
    subject = Subject(row.key, row.size, row.tag_map, row.storage)
    found = rules.expiry(rules_in_force(tx, bucket), subject, business.timeline.business(row.modified))
    if found is None:
        return {}
    return {"Expiration": f'expiry-date="{date(found[0])}", rule-id="{found[1].id}"'}


def restoration(row: Row, business: BusinessTime) -> Params:
    """Return the Restore member of an answer about an archived object, if it is or was restored."""
    state = restoring.state_of(row, business)
    if state is None or state == restoring.GONE:
        return {}
    if state == restoring.ONGOING:
        return {"Restore": 'ongoing-request="true"'}
    return {"Restore": f'ongoing-request="false", expiry-date="{date(restoring.until(row))}"'}


def date(moment: float) -> str:
    return timestamps.WRITERS["rfc822"](int(moment))
