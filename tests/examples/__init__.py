"""What lies in examples/, as somebody runs it who has read its README."""
