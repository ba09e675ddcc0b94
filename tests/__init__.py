"""The tests say what the coalition promises, in sentences."""
