"""The application: every route, every error and the porch, put together from its parts."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import (
    cases,
    clocks,
    compliance,
    consents,
    diagrams,
    docs,
    feed,
    filters,
    handing,
    health,
    listings,
    me,
    measures,
    particulars,
    plans,
    procedures,
    reassignments,
    repairs,
    stays,
    stuck,
    summary,
    supervision,
    timeline,
    worklist,
)
from api.errors import ERRORS_BELOW, Problem, on_error_below, on_problem, on_status
from api.misfits import on_misfit
from api.parts import Parts
from api.porch import Porch, Tally

ROUTERS = (
    cases.router,
    measures.router,
    clocks.router,
    consents.router,
    timeline.router,
    particulars.router,
    listings.router,
    worklist.router,
    filters.router,
    supervision.router,
    stuck.router,
    summary.router,
    compliance.router,
    stays.router,
    diagrams.router,
    procedures.router,
    plans.router,
    repairs.router,
    me.router,
    feed.router,
    handing.router,
    reassignments.router,
    health.router,
    docs.router,
)


def create_app(parts: Parts) -> FastAPI:
    """The door of one instance. Everything it needs comes in `parts`; it reads no setting and no clock of its own."""
    app = FastAPI(
        title="Caseway",
        summary="Carries each trafficked person's case through the procedures of the Transnational Referral Mechanism",
        version=_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.parts = parts
    app.state.tally = Tally()
    for router in ROUTERS:
        # taken over as they are: including a router would match every address twice
        app.router.routes.extend(router.routes)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_misfit)
    app.add_exception_handler(HTTPException, on_status)
    for error in ERRORS_BELOW:
        app.add_exception_handler(error, on_error_below)
    app.add_middleware(Porch, tally=app.state.tally)
    app.openapi = lambda: docs.describe(app)  # type: ignore[method-assign]
    return app


def _version() -> str:
    try:
        return version("caseway")
    except PackageNotFoundError:
        return "0"
