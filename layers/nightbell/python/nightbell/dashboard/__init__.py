"""The pages for people: who is signed in, what is shown, how it is rendered."""
