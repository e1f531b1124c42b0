"""Takes what Hearback tells: python webhook_receiver.py, with the webhook's secret in HEARBACK_WEBHOOK_SECRET."""

import hashlib
import hmac
import json
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["HEARBACK_WEBHOOK_SECRET"].encode()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", self.headers.get("Hearback-Signature", ""))
        at, sign = given.groups() if given else ("0", "")
        signed = hmac.new(SECRET, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        right = hmac.compare_digest(signed, sign) and abs(time.time() - int(at)) < 300
        if right:
            told = json.loads(body)  # the same id may come twice: take it once
            print(told["id"], told["at"], told["record"], told["type"], flush=True)
        self.send_response(204 if right else 400)
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Receiver).serve_forever()
