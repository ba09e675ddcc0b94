"""Money at a glance."""
