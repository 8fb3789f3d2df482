"""What a guest may import: one folder a capability, strangers to each other."""
