"""The client under test. Put yours in its place: the class, and errors that tell what the protocol asks for."""
import http.client
import json
import math
import threading
import time
import urllib.parse
from email.utils import parsedate_to_datetime as date


class Failure(Exception):
    def __init__(self, kind, **more):
        self.told = {"kind": "error", "class": kind, **{name: value for name, value in more.items() if value is not None}}


class Client:
    def __init__(self, config, now):
        self.config, self.now, self.kept, self.epoch, self.lock = config, now, None, 0, threading.Lock()
        self.ttl = 300_000 if config["cache_ttl_ms"] is None else config["cache_ttl_ms"]

    def check(self):
        with self.lock:
            if self.kept and self.now() - self.kept[0] < self.ttl:
                return {"value": self.kept[1], "source": "cache"}
            at, epoch = self.now(), self.epoch
        left = self.send("GET", "/v1/credits").get("credits")
        if type(left) not in (int, float) or not math.isfinite(left):
            raise Failure("malformed")
        with self.lock:
            if epoch == self.epoch:
                self.kept = (at, {"remaining": str(left)})
        return {"value": {"remaining": str(left)}, "source": "network"}

    def spend(self):
        try:
            self.send("POST", "/v1/people/email-finder", {"first_name": "Ada", "last_name": "Hall", "domain": "example.com"})
        finally:
            self.invalidate()
        return {"value": {}}

    def invalidate(self):
        with self.lock:
            self.kept, self.epoch = None, self.epoch + 1
        return {"value": {}}

    def send(self, method, path, body=None):
        url, end = urllib.parse.urlsplit(self.config["base_url"]), time.monotonic() + self.config["timeout_ms"] / 1000
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=self.config["timeout_ms"] / 1000)
        try:
            headers = {"X-API-Key": self.config["key"], "Content-Type": "application/json", "Connection": "close"}
            connection.connect()
            wire = connection.sock  # Each wait gets what is left of the deadline, so that dripping does not prolong it.
            connection.request(method, url.path + path, body and json.dumps(body), headers)
            response, text = connection.getresponse(), b""
            while part := response.read1(65536):
                text += part
                if wire.fileno() >= 0:  # Closed behind the last part.
                    wire.settimeout(max(end - time.monotonic(), 0.001))
            if response.length:
                raise Failure("network")
        except (OSError, http.client.HTTPException) as error:
            raise Failure("timeout" if isinstance(error, TimeoutError) else "network") from None
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
        wait, errors = response.headers.get("Retry-After"), answer.get("errors") if type(answer) is dict else None
        first = errors[0] if type(errors) is list and errors and type(errors[0]) is dict else {}
        code = first.get("code") if type(first.get("code")) is str else None
        if wait and not wait.isdigit():
            wait = (date(wait) - date(response.headers["Date"])).total_seconds()
        raise Failure(kind, status=response.status, code=code, retry_after_ms=wait and float(wait) * 1000)
