"""S3 Select: SQL over the records of one object. The standard library, and pyarrow for Parquet."""
