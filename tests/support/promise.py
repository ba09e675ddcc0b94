"""What is promised in seconds, and how long a test waits for what is promised at no time."""

# As much again as docs/oauth.md promises, for a machine that is busy with other tests.
WITHIN_FIVE_SECONDS = 10.0
# What members see at once is timed in `bench/`: here it must come at all, and not by the next ping.
WITHIN_A_SECOND = 5.0
PATIENCE = 30.0
