"""The monthly cost of a plan's resources, and the cost of participants, from a dated price table.

estimate  the estimate, line by line
"""
