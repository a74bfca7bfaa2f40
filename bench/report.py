"""The figures as text for a person and as a document for a program."""

import platform
from dataclasses import dataclass
from typing import Any

from bench import mail
from bench.cold_start import ColdStart
from bench.cpu import Comparison
from bench.mail import MailFigures
from bench.meter import Consumption
from bench.operations import Operation
from bench.pages import PageFigures
from bench.scans import ScanFigures
from nightbell import clock

_MOST_OF_PLAIN_CALLS = 1.15
_MOST_OF_PLAIN_QUERIES = 0.5
_MOST_OF_BOTO3 = 0.75


@dataclass(frozen=True)
class OperationFigures:
    """What one operation took."""

    operation: Operation
    consumption: Consumption
    cpu_ms: float

    def targets(self) -> list[tuple[float, float | None]]:
        """Return read and write units, each with the most they may be, None for no target."""
        return [
            (self.consumption.read_units, self.operation.most_read_units),
            (self.consumption.write_units, self.operation.most_write_units),
        ]


@dataclass(frozen=True)
class Report:
    """All figures of one run."""

    operations: list[OperationFigures]
    pages: list[PageFigures]
    scans: list[ScanFigures]
    warm: Comparison
    listing: Comparison  # of 1,000 checks
    cold: ColdStart
    mails: list[MailFigures]

    def text(self) -> str:
        """Return the figures as a table, each with its target."""
        head = ("operation", "requests", "read units", "write units", "CPU ms", "targets")
        table = _table([head, *(_row(figures) for figures in self.operations)])
        scan_head = ("scan", "requests", "read units", "write units", "CPU ms", "ms")
        scan_table = _table([scan_head, *(_scan_row(figures) for figures in self.scans)])
        page_table = _table([_PAGE_HEAD, *(_page_row(figures) for figures in self.pages)])
        warm, listing, cold = self.warm, self.listing, self.cold
        return f"""{_machine()}

{table}

{page_table}

{scan_table}

Warm success ping: {warm.own_ms:.2f} ms of CPU time; three plain botocore calls: \
{warm.plain_calls_ms:.2f} ms; {_against(warm.ratio, _MOST_OF_PLAIN_CALLS)}
1,000 checks read from the store: {listing.own_ms:.1f} ms of CPU time; plain botocore queries of \
the same items: {listing.plain_calls_ms:.1f} ms; {_against(listing.ratio, _MOST_OF_PLAIN_QUERIES)}
Cold start of `ping`: {cold.ping:.0f} {cold.unit}; bare boto3 with its first GetItem: \
{cold.boto3:.0f}; {_against(cold.ratio, _MOST_OF_BOTO3)}

{mail.text(self.mails)}"""

    def document(self) -> dict[str, Any]:
        """Return the figures, with their units in their names, as JSON holds them."""
        return {
            "date": clock.now().isoformat(timespec="seconds"),
            "machine": _machine(),
            "operations": [
                {
                    "operation": figures.operation.name,
                    "requests": figures.consumption.requests,
                    "read_units": figures.consumption.read_units,
                    "write_units": figures.consumption.write_units,
                    "most_read_units": figures.operation.most_read_units,
                    "most_write_units": figures.operation.most_write_units,
                    "cpu_ms": figures.cpu_ms,
                    "met": _met(figures),
                }
                for figures in self.operations
            ],
            "pages": [
                {
                    "page": figures.name,
                    "bytes": figures.raw_bytes,
                    "gzip_bytes": figures.gzip_bytes,
                    "requests": figures.load.requests,
                    "read_units": figures.load.read_units,
                    "cpu_ms": figures.load_ms,
                    "refresh_requests": figures.refresh.requests,
                    "refresh_read_units": figures.refresh.read_units,
                    "refresh_cpu_ms": figures.refresh_ms,
                }
                for figures in self.pages
            ],
            "scans": [
                {
                    "scan": figures.name,
                    "requests": figures.consumption.requests,
                    "read_units": figures.consumption.read_units,
                    "write_units": figures.consumption.write_units,
                    "cpu_ms": figures.cpu_ms,
                    "ms": figures.ms,
                }
                for figures in self.scans
            ],
            "warm_ping": _comparison(self.warm, _MOST_OF_PLAIN_CALLS),
            "listing_1000_checks": _comparison(self.listing, _MOST_OF_PLAIN_QUERIES),
            "cold_start": {
                "unit": self.cold.unit,
                "ping": self.cold.ping,
                "boto3": self.cold.boto3,
                "ratio": self.cold.ratio,
                "most_ratio": _MOST_OF_BOTO3,
                "met": self.cold.ratio <= _MOST_OF_BOTO3,
            },
            "mails": [
                {
                    "mail": figures.name,
                    "bytes": figures.size,
                    "cpu_ms": figures.cpu_ms,
                    "peak_mb": figures.peak_mb,
                    "characters": figures.characters,
                }
                for figures in self.mails
            ],
        }


def _comparison(measured: Comparison, most: float) -> dict[str, Any]:
    return {
        "cpu_ms": measured.own_ms,
        "plain_calls_cpu_ms": measured.plain_calls_ms,
        "ratio": measured.ratio,
        "most_ratio": most,
        "met": measured.ratio <= most,
    }


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, DynamoDB Local 3.3.0"


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


_PAGE_HEAD = (
    *("page", "bytes", "gzip", "requests", "read units", "CPU ms"),
    *("unchanged: requests", "read units", "CPU ms"),
)


def _page_row(figures: PageFigures) -> tuple[str, ...]:
    return (
        figures.name,
        f"{figures.raw_bytes:,}",
        f"{figures.gzip_bytes:,}",
        f"{figures.load.requests:,}",
        f"{figures.load.read_units:,g}",
        f"{figures.load_ms:,.0f}",
        f"{figures.refresh.requests:,}",
        f"{figures.refresh.read_units:,g}",
        f"{figures.refresh_ms:,.0f}",
    )


def _scan_row(figures: ScanFigures) -> tuple[str, ...]:
    consumption = figures.consumption
    return (
        figures.name,
        f"{consumption.requests:,}",
        f"{consumption.read_units:,g}",
        f"{consumption.write_units:,g}",
        f"{figures.cpu_ms:,.0f}",
        f"{figures.ms:,.0f}",
    )


def _row(figures: OperationFigures) -> tuple[str, ...]:
    return (
        figures.operation.name,
        str(figures.consumption.requests),
        *(_units(found, most) for found, most in figures.targets()),
        f"{figures.cpu_ms:.2f}",
        {None: "", True: "met", False: "NOT MET"}[_met(figures)],
    )


def _units(found: float, most: float | None) -> str:
    return f"{found:g}" if most is None else f"{found:g} (at most {most:g})"


def _met(figures: OperationFigures) -> bool | None:
    """Tell whether the operation stays within its targets; None if it has none."""
    judged = [found <= most for found, most in figures.targets() if most is not None]
    return all(judged) if judged else None


def _against(ratio: float, most: float) -> str:
    return f"ratio {ratio:.2f} (at most {most:.2f}): {'met' if ratio <= most else 'NOT MET'}"
