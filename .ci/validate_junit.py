"""Validates JUnit reports by an XML Schema. A snapshot is read without its header."""

import sys

import xmlschema

schema = xmlschema.XMLSchema(sys.argv[1])
failed = False
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".snap"):
        text = text.split("\n---\n", 1)[1]
    for error in schema.iter_errors(text):
        failed = True
        print(f"{path}: {error.path}: {error.reason}", file=sys.stderr)
    print(f"{path}: {'not valid' if failed else 'valid'}")
sys.exit(failed)
