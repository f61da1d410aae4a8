"""Declared, proven, recognised: statements, tracked requirements, verdicts and scores."""
