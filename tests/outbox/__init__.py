"""What happened, told once and in order."""
