"""Tests of documents and of what proves them."""
