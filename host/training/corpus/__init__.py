"""What the built-in models learn from: everything here is generated, from a seed, by these modules alone."""
