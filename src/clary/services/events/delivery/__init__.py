"""The way of an event from a rule to a target."""
