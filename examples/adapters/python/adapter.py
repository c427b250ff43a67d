"""Adapter for Python: `ringtrue client leadmagic -- python3 examples/adapters/python/adapter.py [CLIENT]`.

CLIENT is a file with the client under test, client.py unless given; nothing changes here but what `hello` declares."""
import importlib
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

folder, name = os.path.split(sys.argv[1] if len(sys.argv) > 1 else "client.py")
if folder:
    sys.path.insert(0, folder)
module = importlib.import_module(name.removesuffix(".py"))
Client, Failure = module.Client, module.Failure
capabilities, fleet = getattr(module, "capabilities", ["cache", "invalidate", "spend", "rekey"]), getattr(module, "fleet", None)
sessions, printing = {}, threading.Lock()


def answer(op, session=None, config=None, fn=None, key=None, advance_ms=None, **_):
    ahead, client = sessions.get(session, (None, None))
    if op == "hello":
        return {"protocol": 1, "implementation": {"name": "example", "version": "1.0", "language": "python"}, "parallel": 16,
                "capabilities": capabilities, "fleet": fleet, "clock": ["virtual", "ttl"]}
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
