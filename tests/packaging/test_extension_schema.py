"""The schema of `x-conformance`, which editors complete by, accepts what the program accepts."""

import json

import jsonschema
import pytest
import yaml
from conftest import ROOT

SCHEMA = json.loads((ROOT / "schemas/x-conformance.schema.json").read_text(encoding="utf-8"))
CONTRACTS = sorted([*ROOT.glob("schemas/*/openapi.yaml"), *ROOT.glob("examples/contracts/**/*.yaml")])


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]})


def test_the_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_contracts_conform(path):
    document = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    assert [error.message for error in validator(SCHEMA).iter_errors(document)] == []


@pytest.mark.parametrize(
    ("definition", "wrong"),
    [
        ("locator", {"pointer": "/a", "header": "X-A"}),
        ("locator", {"path": "/a"}),
        ("locator", {"header": "X-A", "minus": "/b"}),
        ("promise", {"level": "must", "grade": "observed", "quote": "A key is needed."}),
        ("promise", {"level": "must"}),
        ("answers", {"code": "no_key"}),
        ("answers", {"response": "default", "any_status": True}),
        ("cacheRule", {"promise": "Balances are cached."}),
        ("failurePolicy", "open"),
        ("document", {"error_codes": "/code"}),
        ("operation", {"role": "balance", "cost": 1}),
    ],
)
def test_what_is_refused_is_refused(definition, wrong):
    assert not validator(SCHEMA["$defs"][definition]).is_valid(wrong)


def examples(node, path=""):
    if isinstance(node, dict):
        if isinstance(node.get("examples"), list) and {"type", "$ref", "anyOf", "enum", "const"} & node.keys():
            yield from ((path, node, example) for example in node["examples"])
        for name, member in node.items():
            if name != "examples":
                yield from examples(member, f"{path}/{name}")
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from examples(member, f"{path}/{index}")


def test_examples_of_the_schema_conform():
    wrong = [path for path, node, example in examples(SCHEMA["$defs"]) if not validator(node).is_valid(example)]
    assert wrong == []
