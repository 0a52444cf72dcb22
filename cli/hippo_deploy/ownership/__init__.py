"""Checks that a deployment belongs to the environment's state, before a command changes it.

records   what AWS records under a deployment's name: its description, and the state of its owner
state     an environment's state: where it is, and which deployments are in it
judging   decides whether a deployment belongs to a state; pure
checking  the check that make plan, deploy and destroy run
naming    the name of a new environment's deployment, for make bootstrap
"""
