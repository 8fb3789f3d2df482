"""Services that SDKs import and this host does not have: every call is refused, by name, as a value."""
