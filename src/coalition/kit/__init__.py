"""What is not business: amounts, ids, clock, settings, database, errors, logging."""
