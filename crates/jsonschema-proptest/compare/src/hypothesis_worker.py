"""Generates values with hypothesis-jsonschema: jobs on standard input, replies on standard output, as lines of JSON."""

import json
import sys
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis_jsonschema import from_schema


def generate(job):
    values = []
    strategy = from_schema(job["schema"])
    strategy.validate()

    @seed(job["seed"])
    @settings(
        max_examples=job["count"],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(value):
        values.append(json.dumps(value))

    start = time.perf_counter()
    run()
    return values, time.perf_counter() - start


for line in sys.stdin:
    try:
        values, seconds = generate(json.loads(line))
        reply = {"values": values, "seconds": seconds} if values else {"refused": "no values"}
    except BaseException as error:
        reply = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
