"""What is not business: amounts, ids, claims, text, the embedded server."""
