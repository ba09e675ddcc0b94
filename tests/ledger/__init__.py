"""The books: append-only, isolated, balanced, and periods that tile time."""
