"""The SQL dialect of S3 Select: text to functions of a row. Imports the standard library only, and no other layer.

Source: "SQL reference for Amazon S3 Select" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html).
"""
