"""A client whose processes share one cache, here a SQLite file: `CACHE=cache.db ringtrue client leadmagic -- python3
examples/adapters/python/adapter.py examples/adapters/python/fleet_client.py`. In production the store is a server such as Redis."""
import contextlib
import hashlib
import json
import os
import sqlite3
import time
import uuid

import client
from client import Failure  # noqa: F401 (the adapter needs it)

path = os.environ.get("CACHE") or "cache.db"
fleet = f"processes with the cache {path}"  # Both processes name the same fleet.
capabilities = ["cache", "invalidate", "spend", "rekey", "single_flight", "shared_cache", "fleet"]


@contextlib.contextmanager
def transaction():
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE IF NOT EXISTS cache (key PRIMARY KEY, value, at, lease, lease_ends)")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


class Client(client.Client):
    def cache_key(self):
        parts = [self.config["base_url"], self.config["tenant"], self.key]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()  # The credential is not stored in clear.

    def check(self):
        key, lease = self.cache_key(), uuid.uuid4().hex
        while True:
            found = self.claim(key, lease)
            if found:
                return {"value": json.loads(found), "source": "cache"}
            if found is None:
                break
            time.sleep(0.01)  # Another process is requesting the balance.
        try:
            at, told = self.now(), super().check()
        except BaseException:
            with transaction() as db:  # Others may try at once.
                db.execute("UPDATE cache SET lease = NULL WHERE key = ? AND lease = ?", (key, lease))
            raise
        finally:
            self.kept = None
        with transaction() as db:  # Only if nothing has dropped the balance, and with it the lease, since the request.
            filled = (json.dumps(told["value"]), at, key, lease)
            db.execute("UPDATE cache SET value = ?, at = ?, lease = NULL WHERE key = ? AND lease = ?", filled)
        return told

    def claim(self, key, lease):
        """The cached balance; None if this process shall request it; False if another one is requesting it."""
        with transaction() as db:
            row = db.execute("SELECT value, at, lease, lease_ends FROM cache WHERE key = ?", (key,)).fetchone()
            if row and row[0] and self.now() - row[1] < self.ttl:
                return row[0]
            if row and row[2] and time.monotonic() < row[3]:
                return False
            ends = time.monotonic() + self.config["timeout_ms"] / 1000 + 1
            db.execute("INSERT OR REPLACE INTO cache VALUES (?, NULL, NULL, ?, ?)", (key, lease, ends))

    def invalidate(self):
        with transaction() as db:
            db.execute("DELETE FROM cache WHERE key = ?", (self.cache_key(),))
        return {"value": {}}

    def rekey(self, key):
        self.key = key  # The key is a part of the cache key.
