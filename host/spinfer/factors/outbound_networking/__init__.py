"""Whom a component may talk to: `allowed_outbound_hosts`, and the networks that nobody may reach. Pure."""
