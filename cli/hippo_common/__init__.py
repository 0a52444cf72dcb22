"""What the three command-line packages share."""
