"""What keeps an app from running on this machine, or could be better: looked for, said with its cure."""
