"""Plans of a deployment.

making    makes a plan and its review
reviewed  knows whether a plan is still the one that was reviewed
"""
