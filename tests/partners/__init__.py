"""The partners' file, and the terms that come from it."""
