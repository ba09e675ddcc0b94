"""Every field, every mutation, every kind of token: made from the declarations of the schema."""
