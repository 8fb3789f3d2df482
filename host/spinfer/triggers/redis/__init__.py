"""The Redis trigger: components that are told of the messages on channels."""
