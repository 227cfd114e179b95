"""The way of an event onto a bus: checked, matched with the rules, and written down for each target."""
