"""Making a plan, and knowing whether it is still the one that was reviewed."""
