"""What time starts: each job is a file that calls one verb; a worker runs them by a schedule."""
