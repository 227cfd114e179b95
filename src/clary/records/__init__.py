"""Queues and logs of records, on a store of their own: what services keep for the data of their users."""
