"""A registry for npm that has the packages of this repository, and leads to the real one for all others."""

import hashlib
import json
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@contextmanager
def serve(tarballs, upstream):
    """Serves tarballs, and yields the URL of the registry."""
    packages = {}
    for tarball in tarballs:
        manifest = json.load(tarfile.open(tarball).extractfile("package/package.json"))
        packages[manifest["name"]] = (manifest, tarball)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = unquote(self.path.split("?")[0]).strip("/")
            url = f"http://127.0.0.1:{self.server.server_port}"
            if path.startswith("-/tarball/"):
                self.answer(packages[path.removeprefix("-/tarball/")][1].read_bytes(), "application/octet-stream")
            elif path in packages:
                manifest, tarball = packages[path]
                sum = hashlib.sha1(tarball.read_bytes()).hexdigest()
                version = {**manifest, "dist": {"tarball": f"{url}/-/tarball/{path}", "shasum": sum}}
                number = manifest["version"]
                packument = {"name": path, "dist-tags": {"latest": number}, "versions": {number: version}}
                self.answer(json.dumps(packument).encode(), "application/json")
            else:
                self.send_response(302)
                self.send_header("location", upstream.rstrip("/") + self.path)
                self.send_header("content-length", "0")
                self.end_headers()

        def answer(self, body, kind):
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
