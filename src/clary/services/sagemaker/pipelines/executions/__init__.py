"""Executions of pipelines: their records, what may be asked of them, and the controllers that move them."""
