"""What owners steer."""
