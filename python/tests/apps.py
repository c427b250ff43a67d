"""A server for the contract `genlook` without a framework, as a WSGI and as an ASGI app."""

import json
import secrets
import threading
from http import HTTPStatus

from pytest_ringtrue import Account, StateHandler


class Refused(Exception):
    def __init__(self, status, code, allow=None, **more):
        self.fields = {"Allow": allow} if allow else {}
        self.status, self.body = status, {"code": code, "message": "refused", "status": status, **more}


class Credits:
    def __init__(self, price=1):
        self.price, self.accounts, self.down, self.lock = price, {}, False, threading.Lock()

    def create(self, credits):
        key = "gk_" + secrets.token_urlsafe(24)
        self.accounts[key] = {"credits": credits, "pending": 0}
        return key

    def answer(self, method, path, keys, body):
        try:
            return 200, self.route(method, path, keys, body), {}
        except Refused as refused:
            return refused.status, refused.body, refused.fields

    def route(self, method, path, keys, body):
        allowed = {"/account/credits": "GET", "/try-on": "POST"}.get(path)
        if allowed != method:
            raise Refused(405, "METHOD_NOT_ALLOWED", allow=allowed) if allowed else Refused(404, "NOT_FOUND")
        if not keys or not keys[0]:
            raise Refused(401, "MISSING_API_KEY")
        account = self.accounts.get(keys[0]) if len(keys) == 1 else None
        if account is None:
            raise Refused(401, "INVALID_API_KEY")
        if self.down:
            raise Refused(503, "UNAVAILABLE")
        if method == "GET":
            return {"creditBalance": account["credits"]}
        try:
            order = json.loads(body)
            product = order["product"]["externalId"] if "product" in order else order["products"][0]["externalId"]
            assert isinstance(product, str)
        except (ValueError, LookupError, TypeError, AssertionError, RecursionError):
            raise Refused(400, "VALIDATION_FAILED", details=[{"path": "product", "message": "required"}]) from None
        with self.lock:
            if account["credits"] < 1:
                raise Refused(402, "INSUFFICIENT_CREDITS")
            account["credits"] -= self.price
            account["pending"] += self.price
        return {"generationId": secrets.token_hex(8), "status": "PENDING", "productExternalId": product}

    def wsgi(self, environ, start_response):
        key = environ.get("HTTP_X_API_KEY")
        keys = key.split(",") if key else []
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        status, answer, fields = self.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], keys, body)
        start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", "application/json"), *fields.items()])
        return [json.dumps(answer).encode()]

    async def asgi(self, scope, receive, send):
        assert scope["type"] == "http", "no lifespan"
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part["body"], part.get("more_body")
        keys = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-api-key"]
        status, answer, fields = self.answer(scope["method"], scope["path"], keys, body)
        fields = {"content-type": "application/json", **fields}
        headers = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


class States(StateHandler):
    def __init__(self, credits):
        self.store = credits

    def account(self, remaining):
        if remaining % 1:
            raise NotImplementedError("credits are whole here")
        return Account(key=self.store.create(int(remaining)))

    def balance(self, key, remaining):
        self.store.accounts[key]["credits"] = int(remaining)

    def key_revoked(self, key):
        account = self.store.accounts.pop(key)
        yield
        self.store.accounts[key] = account

    key_expired = key_revoked

    async def backend_down(self):
        self.store.down = True
        yield
        self.store.down = False

    def clock(self, advance_ms):
        pass

    async def jobs_settled(self, key, outcome):
        account = self.store.accounts[key]
        if outcome == "failed":
            account["credits"] += account["pending"]
        account["pending"] = 0
