"""What customers hear."""
