"""Webhooks: from an event to a partner's own server."""
