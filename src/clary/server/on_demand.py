"""The kinds of changes that services write on demand (store/interest.py). Said here, so that no service must be loaded to
know it."""

ON_DEMAND = frozenset(["s3:Object"])
