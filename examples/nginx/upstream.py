#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""upstream.py PORT - answers a POST with the length and SHA-256 of its body."""
import hashlib
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        left = int(self.headers.get("Content-Length", 0))
        total, digest = left, hashlib.sha256()
        while left:
            part = self.rfile.read(min(left, 65536))
            if not part:
                break
            digest.update(part)
            left -= len(part)
        answer = f"{total} {digest.hexdigest()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
