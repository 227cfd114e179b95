"""Server access logs: a line for each request to a bucket, delivered as objects of another one."""
