"""May this caller make this call? Asks `clary.access` with what the services declare of themselves."""
