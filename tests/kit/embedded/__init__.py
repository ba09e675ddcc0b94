"""The embedded PostgreSQL: real servers, real processes, real kills."""
