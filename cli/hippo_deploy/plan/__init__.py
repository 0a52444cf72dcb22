"""Terraform plans of a deployment.

making    makes a plan and its review
masking   removes secret values from a plan's JSON, and lists them
reviewed  records the inputs of a plan, and compares them before it is applied
"""
