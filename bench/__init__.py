"""The figures of the portal, on a base of many providers: ``python -m bench``."""
