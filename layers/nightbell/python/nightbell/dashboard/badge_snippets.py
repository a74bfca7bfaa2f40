"""How a page shows a badge: text to copy."""

from html import escape


def badge_snippets(name: str, url: str) -> list[tuple[str, str]]:
    """Return what to copy to show a badge, and what each is called."""
    plain = "".join(f"\\{char}" if char in "\\[]" else char for char in name)
    return [
        ("Markdown", f"![{plain}]({url})"),
        ("HTML", f'<img src="{escape(url)}" alt="{escape(name)}">'),
        ("Address", url),
    ]
