"""Measurements: `make bench` and its parts.

__main__      the table of `make bench`; rows: what a row is, and the check of counts
step, list_update, cold_start, sessions, bundle, games, edge_function   the groups of the table
scale         crowds, sweeps and rates: `make bench-scale`
local_api     participants on the local cloud: a group of the table
context       the context of an invocation
fake_s3       an S3 that counts calls; canned_aws: an AWS with fixed answers
export, play, functions, environments   measurements with a command of their own
"""
