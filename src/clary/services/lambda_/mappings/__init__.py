"""Event source mappings: a queue of SQS that a function is given, batch by batch."""
