"""Serve an app over HTTP: a request finds its route, and the route's component answers it."""
