"""Reads and writes of the S3 bucket, without knowledge of the objects' contents.

bucket      conditional reads and writes of one object
optimistic  retries a conditional write after another writer was faster
"""
