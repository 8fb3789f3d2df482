"""The ways there are to answer a prompt."""
