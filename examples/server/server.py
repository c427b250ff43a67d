#!/usr/bin/env python3
"""A small credit-balance server with a state handler: what `ringtrue server genlook` needs to judge all of it.

The API is at /, the state handler at /states. Only the standard library is used; the first line says where it listens.
"""
import json, secrets, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock, accounts, state = threading.RLock(), {}, {"limited": {}, "down": False}


class Refused(Exception):
    def __init__(self, status, code, message, **more):
        self.status, self.body = status, {"code": code, "message": message, "status": status, **more}


def account_of(headers):
    keys = headers.get_all("x-api-key") or []
    if not keys or not keys[0]:
        raise Refused(401, "MISSING_API_KEY", "send your key in x-api-key")
    account = accounts.get(keys[0]) if len(keys) == 1 else None
    if account is None or account.get("gone"):
        raise Refused(401, "INVALID_API_KEY", "no such key")
    if account["tenant"] in state["limited"]:
        raise Refused(429, "RATE_LIMITED", "slow down")
    return account


def balance(headers, _body):
    account = account_of(headers)
    if state["down"]:
        raise Refused(503, "UNAVAILABLE", "try again later")
    return {"creditBalance": account["credits"]}


def try_on(headers, body):
    account = account_of(headers)
    try:
        wanted = json.loads(body)
        assert isinstance(wanted, dict)
        products = ([wanted["product"]] if "product" in wanted else []) + list(wanted.get("products", []))
        assert all(isinstance(product["externalId"], str) for product in products)
        product = products[0]["externalId"]
    except (ValueError, LookupError, TypeError, AssertionError, RecursionError):
        raise Refused(400, "VALIDATION_FAILED", "no product", details=[{"path": "product", "message": "required"}]) from None
    if state["down"]:
        raise Refused(503, "UNAVAILABLE", "try again later")
    with lock:
        if account["credits"] < 1:
            raise Refused(402, "INSUFFICIENT_CREDITS", "top up first")
        account["credits"] -= 1
        account["jobs"] = account.get("jobs", 0) + 1
    return {"generationId": secrets.token_hex(8), "status": "PENDING", "productExternalId": product}


def set_state(_headers, body):
    """The state handler: puts the server into the state that a check asks for."""
    message = json.loads(body)
    name, params, on = message.get("state"), message.get("params", {}), message["action"] == "setup"
    account = accounts.get(params.get("key"), {"tenant": params.get("tenant")})
    if name == "account" and on:
        if float(params.get("remaining", 1)) % 1:
            return {"unsupported": "credits are whole here"}
        key, tenant = "gk_" + secrets.token_urlsafe(24), secrets.token_hex(4)
        accounts[key] = {"tenant": tenant, "credits": int(params.get("remaining", 100))}
        return {"ok": True, "values": {"key": key, "tenant": tenant}}
    if name == "balance" and on:
        account["credits"] = int(params["remaining"])
    elif name in ("key.revoked", "key.expired"):
        account["gone"] = on
    elif name == "backend.down":
        state["down"] = on
    elif name == "rate.limited":
        state["limited"][account["tenant"]] = 1
        if not on:
            state["limited"].clear()
    elif name == "jobs.settled" and on:
        with lock:
            # A job that fails costs nothing.
            account["credits"] += account.get("jobs", 0) if params["outcome"] == "failed" else 0
            account["jobs"] = 0
    elif name not in ("account", "balance", "clock", "jobs.settled"):
        return {"unsupported": f"no state {name}"}
    return {"ok": True}


ROUTES = {("GET", "/account/credits"): balance, ("POST", "/try-on"): try_on, ("POST", "/states"): set_state}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body, path = self.rfile.read(length) if 0 <= length < 1 << 22 else b"", self.path.split("?")[0]
        try:
            if (self.command, path) not in ROUTES:
                known = any(path == route for _, route in ROUTES)
                raise Refused(*((405, "METHOD_NOT_ALLOWED") if known else (404, "NOT_FOUND")), "nothing here")
            status, answer = 200, ROUTES[self.command, path](self.headers, body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        if status == 405:
            self.send_header("allow", ", ".join(method for method, route in ROUTES if route == path))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
