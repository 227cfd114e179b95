"""Asynchronous events: the queue, retries, destinations."""
