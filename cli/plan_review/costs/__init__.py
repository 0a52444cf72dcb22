"""What a plan's resources cost a month, and what participants cost, by a dated price table.

estimate  the estimate, line by line
"""
