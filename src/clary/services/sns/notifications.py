"""A notification as queues get it, unless they want the message alone (recorded: test_subscribe_sqs_queue, test_fifo_topic_to_regular_sqs)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from clary.services.sns.backlog import Delivery
from clary.services.sns.signing import FILE, Signer, signature


def notification(one: Delivery, signer: Signer) -> str:
    """Return the JSON of a notification. Those of FIFO topics are not signed."""
    region = one.topic.split(":")[3]
    host = f"https://sns.{region}.amazonaws.com"
    moment = datetime.fromtimestamp(one.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said: dict[str, Any] = {"Type": "Notification", "MessageId": one.message_id}
    if one.number:
        said["SequenceNumber"] = one.number
    said["TopicArn"] = one.topic
    if one.subject:
        said["Subject"] = one.subject
    said |= {"Message": one.message, "Timestamp": moment}
    if not one.number:
        signed = {"SignatureVersion": one.version, "Signature": signature(signer, one.version, said)}
        said |= {**signed, "SigningCertURL": f"{host}/{FILE}"}
    said["UnsubscribeURL"] = f"{host}/?Action=Unsubscribe&SubscriptionArn={quote(one.subscription, safe=':')}"
    if one.attributes:
        said["MessageAttributes"] = one.attributes
    return json.dumps(said, ensure_ascii=False, indent=2)
