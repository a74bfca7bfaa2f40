"""Pings by mail: what Amazon SES says of a mail, whom it is for, what it says."""
