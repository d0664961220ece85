"""Who is this? Asks Gatehouse, with the visitor's own Cookie header."""
import json, os, urllib.error, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GATEHOUSE = os.environ.get("GATEHOUSE", "http://127.0.0.1:3000")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        question = urllib.request.Request(GATEHOUSE + "/api/users/me", headers={"Cookie": self.headers.get("Cookie", "")})
        try:
            with urllib.request.urlopen(question, timeout=5) as answer:
                user = json.load(answer)["data"]
            status, text = 200, f"You are {user['email']}.\n"
        except (OSError, ValueError, LookupError) as err:  # an HTTPError is an OSError. No answer is not "signed out"
            signed_out = getattr(err, "code", 0) == 401
            status, text = (401, "Please sign in first.\n") if signed_out else (503, "Please try again in a moment.\n")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
