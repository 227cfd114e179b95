"""Names and texts that the container's modules share."""
