"""The models that all projects of a user share: kept once each, by what is in them."""
