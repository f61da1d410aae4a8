"""Who belongs to a provider's tenant: how people come, what they may do, how they go."""
