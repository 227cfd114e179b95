"""Map Runs: distributed Map states, whose iterations are executions of their own."""
