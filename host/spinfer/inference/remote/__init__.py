"""Asking models that run elsewhere: the two APIs, what goes over the wire, and what a refusal means."""
