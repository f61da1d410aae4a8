"""A believable provider and its fleet, all invented and always the same."""
