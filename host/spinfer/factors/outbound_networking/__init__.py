"""Whom a component may talk to: `allowed_outbound_hosts`, and the networks that nobody may reach.

`entry`, `hosts` and `networks` are pure; `gate` and `places` are what connections are made by.
"""
