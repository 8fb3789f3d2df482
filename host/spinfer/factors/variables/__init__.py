"""An app's variables: where their values come from, and how its components ask for them."""
