"""The register of reports: documents, claims, answers; private until a second person has reviewed them.

It is not the operator's store: those who are reported about do not hold it.
"""

from openleo.service.store.reports.claims import Part
from openleo.service.store.reports.register import Reports, latest_day
from openleo.service.store.reports.rows import Case, GivenOrigin, Imported, Kept, KnownName, Version
from openleo.service.store.reports.watched import Watched

__all__ = [
    "Case", "GivenOrigin", "Imported", "Kept", "KnownName", "Part", "Reports", "Version", "Watched",
    "latest_day",
]  # fmt: skip
