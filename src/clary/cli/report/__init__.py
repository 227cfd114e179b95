"""`clary report`: what became of a job, a tuning job, an experiment or a pipeline, as one page of HTML."""
