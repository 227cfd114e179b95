"""The one way in which an analysis ends early; it knows words, and not where they are written."""


class AnalysisError(Exception):
    """The data or the configuration cannot be analysed; the message is what the job's owner reads."""
