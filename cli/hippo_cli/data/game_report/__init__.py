"""The section of `hippo report` on games.

section   its records, its numbers and its texts
played    the numbers: returns, learning curves, times to react, judgements
figures   the diagrams
"""
