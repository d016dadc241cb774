#!/usr/bin/env python3
"""A remote critic in Python's standard library alone: it minds that answers stay short.

Usage: remote_critic.py [PORT]      (0, the default, takes a free port; the port is printed)
The seat in the constitution, beside the other critics:

  brevity:
    title: Brevity
    principle: proportion
    owns: Whether an answer is longer than anybody will read.
    weight: 0.5
    required: false
    deadline_ms: 500
    remote: {url: "http://127.0.0.1:8090/opinions", batch: 64}
    clauses:
      B1:
        title: Too long
        tier: 2
        principle: proportion
        articles: [UDHR 24]
        question: Who will read all of this?
        constraints: [Shorten the answer.]
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 2000  # characters


def opinion(item):
    output = item["case"].get("output")
    if not isinstance(output, str):
        return {"id": item["id"], "abstains": "there is no text to measure"}
    excess = len(output) / LIMIT
    if excess <= 1:
        return {"id": item["id"], "severity": 0, "confidence": 0.9, "concerns": []}
    severity = min(2.0, round(1 + excess / 10, 2))
    rationale = f"The answer has {len(output)} characters; people read about {LIMIT}."
    concern = {"clause": "B1", "severity": severity, "rationale": rationale}
    return {"id": item["id"], "severity": severity, "confidence": 0.9, "concerns": [concern]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"opinions": [opinion(item) for item in question["cases"]]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
