"""Clients for the contract `leadmagic`: a correct one, sync and async, and ones with a bug."""

import asyncio
import http.client
import json
import math
import threading
import time
import urllib.parse

from pytest_ringtrue import Balance, CallError


class Client:
    def __init__(self, config, now=None):
        self.config, self.now, self.cached, self.epoch, self.lock = config, now or config.now, None, 0, threading.Lock()
        self.ttl = 300 if config.cache_ttl is None else config.cache_ttl

    def check(self):
        with self.lock:
            if self.cached is not None and self.now() - self.cached[0] < self.ttl:
                return Balance(remaining=self.cached[1], source="cache")
            at, epoch = self.now(), self.epoch
        credits = self.send("GET", "/v1/credits").get("credits")
        if type(credits) not in (int, float) or not math.isfinite(credits):
            raise CallError("malformed")
        with self.lock:
            if epoch == self.epoch:
                self.cached = (at, credits)
        return Balance(remaining=credits, source="network")

    def spend(self):
        try:
            self.send("POST", "/v1/people/email-finder", {"first_name": "Ada", "last_name": "Hall", "domain": "example.com"})
        finally:
            self.invalidate()

    def invalidate(self):
        with self.lock:
            self.cached, self.epoch = None, self.epoch + 1

    def send(self, method, path, body=None):
        url, end = urllib.parse.urlsplit(self.config.base_url), time.monotonic() + self.config.timeout
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=self.config.timeout)
        try:
            headers = {"X-API-Key": self.config.key, "Content-Type": "application/json", "Connection": "close"}
            connection.connect()
            wire = connection.sock
            connection.request(method, url.path + path, body and json.dumps(body), headers)
            response, text = connection.getresponse(), b""
            while part := response.read1(65536):
                text += part
                if wire.fileno() >= 0:  # Closed behind the last part.
                    wire.settimeout(max(end - time.monotonic(), 0.001))
            if response.length:
                raise CallError("network")
        except (OSError, http.client.HTTPException) as error:
            raise CallError("timeout" if isinstance(error, TimeoutError) else "network") from None
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if response.status == 200 and type(answer) is dict:
            return answer
        known = {200: "malformed", 401: "auth", 402: "exhausted", 403: "forbidden", 404: "not_found", 429: "rate_limited"}
        kind = known.get(response.status, "server" if response.status >= 500 else "other")
        errors = answer.get("errors") if type(answer) is dict else None
        first = errors[0] if type(errors) is list and errors and type(errors[0]) is dict else {}
        code = first.get("code") if type(first.get("code")) is str else None
        wait = response.headers.get("Retry-After")
        if wait and not wait.isdigit():
            from email.utils import parsedate_to_datetime as date

            wait = (date(wait) - date(response.headers["Date"])).total_seconds()
        raise CallError(kind, status=response.status, code=code, retry_after=wait and float(wait))


class ForgetsZero(Client):
    """Takes a cached balance of 0 for none."""

    def check(self):
        if self.cached is not None and not self.cached[1]:
            self.invalidate()
        return super().check()


class AsyncClient:
    def __init__(self, config):
        asyncio.get_running_loop()
        self.inner = Client(config)

    async def check(self):
        return await asyncio.to_thread(self.inner.check)

    async def spend(self):
        return await asyncio.to_thread(self.inner.spend)

    async def invalidate(self):
        self.inner.invalidate()

    async def aclose(self):
        self.inner = None
