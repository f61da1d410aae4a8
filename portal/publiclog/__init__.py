"""The public log: what was issued, superseded and revoked, told to everybody and of nobody."""
