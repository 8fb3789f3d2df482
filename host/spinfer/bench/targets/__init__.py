"""What a request goes through: the engine itself, a guest, or an app's route."""
