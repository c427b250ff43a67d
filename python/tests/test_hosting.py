"""The HTTP server for apps under test."""

import asyncio
import http.client

import pytest

from pytest_ringtrue import _hosting


def echo_wsgi(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("201 Made", [("x-path", environ["PATH_INFO"]), ("x-query", environ["QUERY_STRING"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ.get("HTTP_X_ONE", "").encode(), b" ", body]


async def echo_asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while (event := await receive())["type"] != "lifespan.shutdown":
            scope["state"]["started"] = event["type"]
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    body = (await receive())["body"]
    ones = b",".join(value for name, value in scope["headers"] if name == b"x-one")
    headers = [(b"x-path", scope["path"].encode()), (b"x-query", scope["query_string"])]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": scope["method"].encode() + b" ", "more_body": True})
    await send({"type": "http.response.body", "body": ones + b" " + body})


async def fails(scope, receive, send):
    raise RuntimeError("always")


@pytest.fixture(params=[echo_wsgi, echo_asgi], ids=["wsgi", "asgi"])
def connection(request):
    with _hosting.host(request.param, None, "builtin") as running:
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
        yield connection
        connection.close()


def test_requests_reach_the_app_as_they_are(connection):
    connection.putrequest("POST", "/a%20b/c?d=%20")
    for name, value in [("x-one", "1"), ("x-one", "2"), ("content-length", "4")]:
        connection.putheader(name, value)
    connection.endheaders(b"body")
    response = connection.getresponse()
    assert (response.status, response.read()) == (201, b"POST 1,2 body")
    assert (response.headers["x-path"], response.headers["x-query"]) == ("/a b/c", "d=%20")


def test_chunked_bodies_are_decoded_and_connections_reused(connection):
    for _ in range(2):
        connection.request("PUT", "/", body=iter([b"one", b"two"]), headers={"transfer-encoding": "chunked"}, encode_chunked=True)
        assert connection.getresponse().read() == b"PUT  onetwo"


def test_a_head_response_has_no_body(connection):
    connection.request("HEAD", "/")
    response = connection.getresponse()
    assert response.read() == b"" and int(response.headers["content-length"]) > 0
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"GET  "


@pytest.mark.parametrize("headers", [{"content-length": "x"}, {"content-length": "4", "transfer-encoding": "chunked"}])
def test_wrong_framing_is_refused(connection, headers):
    connection.putrequest("POST", "/")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 400


def test_a_failure_of_the_app_is_a_500():
    with _hosting.host(fails, None, "builtin") as running:
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 500
        connection.close()


def test_interfaces_are_recognised():
    class Asgi:
        async def __call__(self, scope, receive, send): ...

    class Wsgi:
        def __call__(self, environ, start_response): ...

    assert _hosting.is_asgi(echo_asgi) and _hosting.is_asgi(Asgi()) and _hosting.is_asgi(Asgi().__call__)
    assert not _hosting.is_asgi(echo_wsgi) and not _hosting.is_asgi(Wsgi())
    assert asyncio.iscoroutinefunction(echo_asgi)
