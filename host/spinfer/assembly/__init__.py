"""The composition root: names every concrete class and hands each its own part. Wiring, no behaviour.

One module for each trigger, so that a command does not wait for an HTTP server's imports.
"""
