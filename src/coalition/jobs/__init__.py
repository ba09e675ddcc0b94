"""What runs beside the servers, on a schedule or by hand: each is safe to run twice at once."""
