"""Access control lists (ACLs) of buckets and objects, and who owns objects."""
