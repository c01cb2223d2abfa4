"""What operators do and auditors read."""

from fastapi import APIRouter

from openleo.http.callers import Known

router = APIRouter(prefix="/v1", dependencies=[Known])
