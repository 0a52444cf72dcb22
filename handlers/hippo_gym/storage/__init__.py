"""Reads and writes of the S3 bucket, without knowledge of the objects' contents.

bucket      conditional reads and writes of one object
past_versions  lists versions, and deletes them permanently
optimistic  retries a conditional write after another writer was faster
"""
