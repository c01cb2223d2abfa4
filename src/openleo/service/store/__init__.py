"""The store, and all SQL: register, check-ins with their decisions, histories, findings, figures."""

from openleo.service.store.database import Store
from openleo.service.store.opening import StoreError, StoreUnavailable
from openleo.service.store.turns import Held

__all__ = ["Held", "Store", "StoreError", "StoreUnavailable"]
