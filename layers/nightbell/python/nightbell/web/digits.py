"""Whole numbers that people and clients write in addresses and forms."""


def number(text: str, most_digits: int) -> int | None:
    """Return the number, None for what is not from one to so many digits of ASCII."""
    is_number = text.isascii() and text.isdigit() and len(text) <= most_digits
    return int(text) if is_number else None
