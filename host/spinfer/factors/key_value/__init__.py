"""Key-value stores: what a component may open, and the three interfaces that lead there."""
