"""Event patterns: JSON that describes which JSON documents match, in EventBridge's language.

    pattern = parse('{"source": ["aws.s3"], "detail": {"size": [{"numeric": [">", 100]}]}}')
    pattern.matches({"source": "aws.s3", "detail": {"size": 200}})

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. Rules, archives, pipes, event source mappings and, with its own
words around, SNS's filter policies use them.
"""

from clary.plane.event_patterns.parsing import parse
from clary.plane.event_patterns.pattern import Pattern
from clary.plane.event_patterns.reading import BadPattern

__all__ = ["BadPattern", "Pattern", "parse"]
