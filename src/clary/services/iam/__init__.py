"""IAM: users, groups, roles, policies and access keys, and the directory that access control reads."""
