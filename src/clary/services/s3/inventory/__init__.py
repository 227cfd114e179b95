"""Inventories: lists of all objects of a bucket, written into another one each day or week of business time."""
