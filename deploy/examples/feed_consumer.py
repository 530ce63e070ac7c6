"""A consumer of the feed of participation facts, to start from: Python 3.9 or newer and nothing else.

    feed_consumer.py pull  --url https://admin.example.vn --token-file token --store feed
    feed_consumer.py serve --secret-file secret --store feed --port 9000

`pull` asks for what is new behind its cursor and waits for more; `serve` takes signed webhooks. Both append every event
once to `<store>/events.jsonl` and keep what they need to go on in the same folder. Events may come twice (at least
once): whoever has seen an id forgets the repeat.
"""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

TOLERANCE_S = 300
MOST_BYTES = 5_000_000
RECORDED = "vn.hoithi.participation.recorded.v1"
VOIDED = "vn.hoithi.participation.voided.v1"


class Store:
    """Events as lines of JSON, each id once; a cursor beside them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._events, self._cursor = folder / "events.jsonl", folder / "cursor"
        self._lock = threading.Lock()
        self._seen = set()
        if self._events.exists():
            whole = self._events.read_bytes()
            # A line that a crash cut was never confirmed: it comes again.
            whole = whole[: whole.rfind(b"\n") + 1]
            os.truncate(self._events, len(whole))
            self._seen = {self._key(json.loads(line)) for line in whole.splitlines()}

    @staticmethod
    def _key(event: dict) -> tuple:
        return (event["source"], event["id"])

    def keep(self, events: list) -> int:
        """Appends those that are new, on the disk before this returns; how many. Only then may they be confirmed."""
        with self._lock:
            fresh = []
            for event in events:
                if event.get("type") in (RECORDED, VOIDED) and self._key(event) not in self._seen:
                    self._seen.add(self._key(event))
                    fresh.append(json.dumps(event, ensure_ascii=False) + "\n")
            if fresh:
                with self._events.open("a", encoding="utf-8") as out:
                    out.writelines(fresh)
                    out.flush()
                    os.fsync(out.fileno())
            return len(fresh)

    def cursor(self) -> str:
        return self._cursor.read_text("utf-8").strip() if self._cursor.exists() else ""

    def move(self, cursor: str) -> None:
        """After `keep`: a crash between the two repeats events, it loses none."""
        fresh = self._cursor.with_suffix(".new")
        fresh.write_text(cursor, "utf-8")
        fresh.replace(self._cursor)


def pull(url: str, token: str, store: Store, *, once: bool, limit: int = 500) -> int:
    """Follows the feed; with `once` until there is nothing new. How many events were new."""
    total, pause = 0, 1.0
    while True:
        query = {"limit": limit, "wait": 0 if once else 20}
        if store.cursor():
            query["after"] = store.cursor()
        request = urllib.request.Request(
            f"{url.rstrip('/')}/api/feed/facts?{urlencode(query)}", headers={"Authorization": f"Bearer {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as reply:
                events, cursor = json.load(reply), reply.headers["Feed-Cursor"]
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise
            if once:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 60)
            continue
        except (urllib.error.URLError, OSError):
            if once:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 60)
            continue
        pause = 1.0
        total += store.keep(events)
        store.move(cursor)
        if once and not events:
            return total


def verified(secret: str, headers, body: bytes, now_s: float) -> bool:
    """Whether the message was signed with our key, and just now."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now_s - int(stamp)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_") if hasattr(secret, "removeprefix") else secret[6:])
    mine = "v1," + base64.b64encode(hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    # Several signatures may stand there while a key is being changed.
    return any(hmac.compare_digest(mine, theirs) for theirs in headers.get("webhook-signature", "").split())


def handler(secret: str, store: Store):
    """Answers 204 when every event of the message is on the disk."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MOST_BYTES:
                self.close_connection = True
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            if not verified(secret, self.headers, body, time.time()):
                self._answer(401)
                return
            content = json.loads(body)
            store.keep(content if isinstance(content, list) else [content])
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args) -> None:
            pass

    return Handler


def serve(secret: str, store: Store, host: str, port: int) -> None:
    """Takes webhooks until it is stopped. Put a proxy with TLS before it."""
    server = http.server.ThreadingHTTPServer((host, port), handler(secret, store))
    sys.stdout.write(f"http://{host}:{server.server_address[1]}/\n")
    sys.stdout.flush()
    server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    one = ways.add_parser("pull")
    one.add_argument("--url", required=True, help="the organisers' address of the platform")
    one.add_argument("--token-file", type=Path, required=True, help="holds an API token with feed.read")
    one.add_argument("--once", action="store_true", help="stop when there is nothing new")
    two = ways.add_parser("serve")
    two.add_argument("--secret-file", type=Path, required=True, help="holds the signing key, whsec_…")
    two.add_argument("--host", default="127.0.0.1")
    two.add_argument("--port", type=int, default=9000)
    for way in (one, two):
        way.add_argument("--store", type=Path, default=Path("feed"))
    given = parser.parse_args()
    store = Store(given.store)
    if given.way == "pull":
        new = pull(given.url, given.token_file.read_text("utf-8").strip(), store, once=given.once)
        sys.stdout.write(f"{new}\n")
    else:
        serve(given.secret_file.read_text("utf-8").strip(), store, given.host, given.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
