"""Subscriptions: who is told of what, over which transport, and when it ends."""
