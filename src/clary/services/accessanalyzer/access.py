"""Access Analyzer's facts for access control: what is here is about no resource.

Source: Access Analyzer's page of the Service Authorization Reference.
"""

from __future__ import annotations

from clary.plane import Access
from clary.services.accessanalyzer.service import analyzer

analyzer.access = Access()
