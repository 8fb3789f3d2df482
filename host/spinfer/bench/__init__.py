"""Measures what inference parameters do, to speed and to what is said: `spinfer bench`.

A scenario becomes cells (one target, model, load and set of parameters each), cells become requests in a
random order, each request becomes one line of a journal, and every number and picture is computed from the
journal alone.
"""
