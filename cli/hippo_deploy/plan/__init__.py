"""Terraform plans of a deployment.

making    makes a plan and its review
reviewed  records the inputs of a plan, and compares them before it is applied
"""
