"""Who a member is, and who may know."""
