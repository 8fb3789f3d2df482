"""Redis servers elsewhere, as components ask them: by connection, or, in the older interface, by address."""
