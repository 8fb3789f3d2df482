"""A summary, for people: on a terminal, as text, as tables, as a page, as pictures."""
