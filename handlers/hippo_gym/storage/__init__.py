"""Reads and writes of the S3 bucket, without knowledge of what the objects hold.

bucket      conditional reads and writes of one object
optimistic  retries of a conditional write that another writer overtook
"""
