"""A loyalty coalition: many brands, one pooled points currency, settled to the cent."""
