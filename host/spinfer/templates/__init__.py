"""New apps: folders of files to begin with, each of which builds and answers as it is."""
