"""What a plan's resources cost a month, and what participants cost, by a dated price table (prices.json)."""
