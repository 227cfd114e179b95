"""What runs in the process of a query: records in, records out. Imports the standard library, and pyarrow for Parquet."""
