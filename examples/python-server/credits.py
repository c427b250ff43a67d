"""A credit-balance server: the contract `genlook`, with FastAPI and a store in memory."""

import secrets
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Account:
    """An account and its credits."""

    def __init__(self, credits: int) -> None:
        self.credits = credits
        #: Try-ons that have been paid for and are under way.
        self.pending = 0

    def settle(self, succeeded: bool) -> None:
        """Ends what is under way. A try-on that fails costs nothing."""
        if not succeeded:
            self.credits += self.pending
        self.pending = 0


class Store:
    """The accounts, by key."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.failing = False

    def create(self, credits: int) -> str:
        """Creates an account and returns its key."""
        key = "gk_" + secrets.token_urlsafe(24)
        self.accounts[key] = Account(credits)
        return key


class Unavailable(Exception):
    """The store does not answer."""


class Refused(Exception):
    """A request that is refused, with its status and code."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        self.status, self.body = status, {"code": code, "message": message, "status": status, **more}


store = Store()
app = FastAPI(title="Credits")


@lru_cache(maxsize=10_000)
def account_of(key: str) -> Account:
    """Looks up the account of a key."""
    account = store.accounts.get(key)
    if account is None:
        raise Refused(401, "INVALID_API_KEY", "There is no such key.")
    return account


def authenticated(request: Request, x_api_key: Annotated[str, Header()] = "") -> Account:
    """The account that makes the request."""
    if not x_api_key:
        raise Refused(401, "MISSING_API_KEY", "Send your key in x-api-key.")
    if len(request.headers.getlist("x-api-key")) > 1:
        raise Refused(401, "INVALID_API_KEY", "Send one key.")
    account = account_of(x_api_key)
    if store.failing:
        raise Unavailable
    return account


class Product(BaseModel):
    externalId: str


class TryOn(BaseModel):
    products: list[Product] = Field(default_factory=list)
    product: Product | None = None


@app.get("/account/credits")
def credits(account: Annotated[Account, Depends(authenticated)]) -> dict[str, int]:
    """The number of credits that are left."""
    return {"creditBalance": account.credits}


@app.post("/try-on")
async def try_on(order: TryOn, account: Annotated[Account, Depends(authenticated)]) -> dict[str, str]:
    """Starts a try-on, which costs one credit."""
    product = order.product or next(iter(order.products), None)
    if product is None:
        raise Refused(400, "VALIDATION_FAILED", "No product.", details=[{"path": "product", "message": "required"}])
    if account.credits < 1:
        raise Refused(402, "INSUFFICIENT_CREDITS", "Top up first.")
    account.credits -= 1
    account.pending += 1
    return {"generationId": secrets.token_hex(8), "status": "PENDING", "productExternalId": product.externalId}


@app.exception_handler(Refused)
def refused(_: Request, error: Refused) -> JSONResponse:
    """Renders a refusal."""
    return JSONResponse(error.body, error.status)


@app.exception_handler(Unavailable)
def unavailable(_: Request, __: Unavailable) -> JSONResponse:
    """Renders a failure of the store."""
    return JSONResponse({"code": "UNAVAILABLE", "message": "Try again later.", "status": 503}, 503)


@app.exception_handler(RequestValidationError)
def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Renders an invalid request."""
    details = [{"path": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    body = {"code": "VALIDATION_FAILED", "message": "Invalid request.", "status": 400, "details": details}
    return JSONResponse(body, 400)


@app.exception_handler(StarletteHTTPException)
def failed(_: Request, error: HTTPException) -> JSONResponse:
    """Renders what no route answers."""
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    body = {"code": code, "message": str(error.detail), "status": error.status_code}
    return JSONResponse(body, error.status_code, headers=error.headers)
