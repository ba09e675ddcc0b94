"""What was acknowledged stands, whatever is killed."""
