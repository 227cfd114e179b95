"""Authorisation of calls: asks `clary.access`, with the facts that the services declare."""
