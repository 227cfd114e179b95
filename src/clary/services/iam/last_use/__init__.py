"""When access keys, users and roles were last used, and reports about it."""
