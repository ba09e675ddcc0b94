"""A partner's books against the ledger."""
