"""SelectObjectContent: SQL over the records of one object, run in a process of its own."""
