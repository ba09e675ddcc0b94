"""What is promised in seconds (docs/oauth.md)."""

# As much again for a machine that is busy with other tests.
WITHIN_FIVE_SECONDS = 10.0
