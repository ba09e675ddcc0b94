"""From points to a reward."""
