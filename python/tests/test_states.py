"""The state handler: its protocol, and its place in frameworks."""

import asyncio
import json
from decimal import Decimal

import pytest

from pytest_ringtrue import Account, StateHandler

CREATE = {"action": "setup", "state": "account", "params": {"remaining": "5", "total": "9"}}


class Recorder(StateHandler):
    def __init__(self):
        self.calls = []

    def account(self, remaining):
        self.calls.append(("account", remaining))
        return Account(key="k_1", tenant=7)

    def key_revoked(self, key):
        self.calls.append(("revoked", key))
        yield
        self.calls.append(("restored", key))

    async def backend_down(self):
        await asyncio.sleep(0)
        self.calls.append("down")
        yield
        await asyncio.sleep(0)
        self.calls.append("up")

    async def clock(self, advance_ms):
        await asyncio.sleep(0)
        self.calls.append(advance_ms)

    def balance(self, **params):
        raise NotImplementedError("balances are fixed")

    def rate_limited(self):
        raise LookupError("no limiter")


def message(action, state, **params):
    return {"action": action, "state": state, "params": params}


def test_methods_get_the_parameters_that_they_name():
    handler = Recorder()
    assert handler.handle(CREATE) == {"ok": True, "values": {"key": "k_1", "tenant": 7}}
    assert handler.calls == [("account", Decimal(5))]


def test_states_end_behind_the_yield():
    handler = Recorder()
    for action in ("setup", "teardown", "teardown"):
        assert handler.handle(message(action, "key.revoked", key="k")) == {"ok": True}
    assert handler.calls == [("revoked", "k"), ("restored", "k")]


def test_async_methods_run_in_an_event_loop():
    handler = Recorder()

    async def all_of_it():
        answers = [await handler.handle_async(message(action, "backend.down")) for action in ("setup", "teardown")]
        return [*answers, await handler.handle_async(message("setup", "clock", advance_ms=5))]

    assert asyncio.run(all_of_it()) == [{"ok": True}] * 3
    assert handler.calls == ["down", "up", 5]
    assert "async" in handler.handle(message("setup", "clock", advance_ms=5))["error"]


def test_what_cannot_be_set_is_said():
    handler = Recorder()
    assert handler.handle(message("setup", "balance")) == {"unsupported": "balances are fixed"}
    assert handler.handle(message("setup", "key.expired")) == {"unsupported": "no state key.expired"}
    assert handler.handle(message("setup", "handle")) == {"unsupported": "no state handle"}
    assert handler.handle(message("setup", "rate.limited")) == {"error": "LookupError: no limiter"}
    assert "error" in handler.handle_bytes(b"{")
    states = ["account", "balance", "key.revoked", "backend.down", "rate.limited", "clock"]
    assert handler.handle({"action": "describe"}) == {"ok": True, "values": {"states": states}}


def test_fastapi(needs):
    needs("fastapi", "httpx")
    import httpx
    from fastapi import FastAPI

    handler = Recorder()
    app = FastAPI()
    app.post("/states")(handler.fastapi)

    async def send():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            return (await client.post("/states", json=CREATE)).json()

    assert asyncio.run(send())["values"] == {"key": "k_1", "tenant": 7}


def test_flask(needs):
    needs("flask")
    from flask import Flask

    app = Flask(__name__)
    app.post("/states")(Recorder().flask)
    assert app.test_client().post("/states", json=CREATE).json["values"] == {"key": "k_1", "tenant": 7}


def test_django(needs):
    needs("django")
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"])
        django.setup()
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/states", json.dumps(CREATE), content_type="application/json")
    assert answer.json()["values"] == {"key": "k_1", "tenant": 7}


def __getattr__(name):
    """The URL configuration of Django."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import path

    return [path("states", Recorder().django)]


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_plain_apps(interface):
    import urllib.request

    from pytest_ringtrue import _hosting

    with _hosting.host(getattr(Recorder(), interface), interface, "builtin") as running:
        with urllib.request.urlopen(running.url + "/", json.dumps(CREATE).encode()) as response:
            assert json.loads(response.read())["values"] == {"key": "k_1", "tenant": 7}
