"""What the host itself asks over HTTP: a model's server, a vault. What guests ask is none of its business."""
