"""A server that enforces a log, may write to it, and has terminals: what tests of the desk work at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from enforced_log import Governed, rules
from serving import Service

from openleo.ledger.entries import time_of
from openleo.service.governance.pack import texts_of
from openleo.service.records import CHECKIN


@dataclass
class Desk:
    """A server that enforces a log, may write to it, and has terminals that checked in."""

    log: Governed
    service: Service
    folder: Path
    store: str

    def put(self, hardware: str, lat: float, lon: float, account: str = "tests") -> None:
        """Take a terminal into the register and let it check in."""
        controller = self.service.controller
        self.service.do("POST", "/v1/terminals", {"hardware": hardware, "plan": "home", "account": account})
        row = np.zeros(1, CHECKIN)
        row["terminal"], row["sequence"] = controller.find(hardware), 1
        row["time_us"], row["lat_deg"], row["lon_deg"] = self.log.clock(), lat, lon
        row["delay_ms"], row["satellite"], row["accuracy_m"] = np.nan, -1, 10.0
        controller.check_in(row)

    def text(self, *off: str, more: str = "") -> dict[str, Any]:
        """A rule file in which these countries are switched off."""
        rules_text, files = texts_of(rules(*off)[0])
        return {"rules": rules_text + more, "files": files}

    def draft(self, text: dict[str, Any], **more: Any) -> httpx.Response:
        """What an operator is answered who asks for a draft file."""
        at = time_of(self.log.clock.s + 3600)
        words = {"requester": "The desk", "reason": "By the test.", "effective_at": at}
        return self.service.ask("POST", "/v1/draft-files", self.service.operator, json=text | words | more)
