"""Takes what Hearback tells: python webhook_receiver.py, with the webhook's secret in HEARBACK_WEBHOOK_SECRET."""

import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["HEARBACK_WEBHOOK_SECRET"].encode()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = dict(part.split("=", 1) for part in self.headers["Hearback-Signature"].split(","))
        signed = hmac.new(SECRET, given["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        right = hmac.compare_digest(signed, given["v1"]) and abs(time.time() - int(given["t"])) < 300
        if right:
            told = json.loads(body)  # the same id may come twice: take it once
            print(told["id"], told["at"], told["record"], told["type"], flush=True)
        self.send_response(204 if right else 400)
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Receiver).serve_forever()
