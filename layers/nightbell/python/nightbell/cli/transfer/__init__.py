"""A project as a document: written to a file, and put in force in a project."""
