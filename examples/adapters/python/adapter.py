"""Adapter for Python: `ringtrue client leadmagic -- python3 examples/adapters/python/adapter.py`.

The client under test is in client.py; nothing changes here but what `hello` declares."""
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from client import Client, Failure

sessions, printing = {}, threading.Lock()


def answer(op, session=None, config=None, fn=None, key=None, advance_ms=None, **_):
    ahead, client = sessions.get(session, (None, None))
    if op == "hello":
        return {"protocol": 1, "implementation": {"name": "example", "version": "1.0", "language": "python"}, "parallel": 16,
                "capabilities": ["cache", "invalidate", "spend", "rekey"], "clock": ["virtual", "ttl"]}
    if op == "open":
        ahead = [0]
        sessions[session] = (ahead, Client(config, lambda: time.monotonic() * 1000 + ahead[0]))
    elif op == "call":
        return {"kind": "value", **{"check": client.check, "spend": client.spend, "invalidate": client.invalidate}[fn]()}
    elif op == "rekey":
        client.rekey(key)
    elif op == "clock":
        ahead[0] += advance_ms
    elif op == "close":
        sessions.pop(session, None)
    else:
        raise NotImplementedError(op)
    return {}


def handle(line):
    request = json.loads(line)
    try:
        told = {"ok": answer(**request)}
    except Failure as failure:
        told = {"ok": failure.told}
    except NotImplementedError as error:
        told = {"unsupported": f"no operation {error}"}
    except Exception as error:
        told = {"adapter_error": repr(error)}
    with printing:
        print(json.dumps({"id": request["id"], **told}), flush=True)


with ThreadPoolExecutor(16) as pool:
    for line in sys.stdin:
        pool.submit(handle, line)
