"""The program of the study's container: a WebSocket server that needs only the standard library.

The server accepts a connection, answers the handshake of RFC 6455, sends one text with the id of
its session, and waits until the other end closes. On the edge route (docs/connection.md) a second
text has the headers that arrived, and a plain GET, by which start_server asks, is answered 426. With
SSL_FULLCHAIN_PEM and SSL_PRIVKEY_PEM, which ECS sets from the deployment's secret, it uses TLS on
the direct route. The container gets the program as its command.
"""

from __future__ import annotations

from typing import Final

GREETING: Final = "hippo-verify "
"""Prefix of the session's id in the text that the server sends."""

PROGRAM: Final = r"""
import base64, hashlib, json, os, signal, socket, ssl, sys, tempfile, threading

# Blocked in every thread, and waited for in the main one: a handler may miss a signal just before accept().
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
context = None
if os.environ.get("SSL_FULLCHAIN_PEM") and os.environ.get("HIPPO_GAME_ROUTE") != "edge":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("fullchain", "privkey")]
        for path, variable in zip(paths, ("SSL_FULLCHAIN_PEM", "SSL_PRIVKEY_PEM")):
            with open(path, "w") as file:
                file.write(os.environ[variable])
        context.load_cert_chain(*paths)

def serve(link):
    try:
        link.settimeout(60)
        if context is not None:
            link = context.wrap_socket(link, server_side=True)
        asked = b""
        while b"\r\n\r\n" not in asked:
            part = link.recv(4096)
            if not part or len(asked) > 65536:
                return
            asked += part
        headers = dict(
            line.split(": ", 1) for line in asked.decode("latin-1").split("\r\n")[1:] if ": " in line
        )
        headers = {name.lower(): value.strip() for name, value in headers.items()}
        key = headers.get("sec-websocket-key")
        if key is None:
            link.sendall(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        at_edge = asked.split(b" ", 2)[1].startswith(b"/game/")
        offered = headers.get("sec-websocket-protocol", "").split(",")[0].strip()
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        link.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n"
            + (b"Sec-WebSocket-Protocol: " + offered.encode() + b"\r\n" if at_edge and offered else b"") + b"\r\n"
        )
        text = ("hippo-verify " + os.environ.get("HIPPO_SESSION_ID", "?")).encode()
        link.sendall(bytes([0x81, len(text)]) + text)
        if at_edge:
            names = {"host": "host", "extensions": "sec-websocket-extensions", "version": "sec-websocket-version"}
            text = json.dumps({key: headers.get(name, "")[:60] for key, name in names.items()}).encode()
            link.sendall(bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text)
        link.recv(4096)
        link.sendall(b"\x88\x02\x03\xe8")
    except (OSError, KeyError, ValueError) as error:
        print("a connection ended:", error, flush=True)
    finally:
        link.close()

def listen(listener):
    while True:
        link, _ = listener.accept()
        threading.Thread(target=serve, args=(link,), daemon=True).start()

address = os.environ.get("HIPPO_LISTEN_ADDRESS") or "0.0.0.0"
listener = socket.create_server((address, int(sys.argv[1])))
threading.Thread(target=listen, args=(listener,), daemon=True).start()
print("listening on", address, sys.argv[1], "with TLS" if context else "without TLS", flush=True)
signal.sigwait({signal.SIGTERM})
os._exit(0)
"""


def command(port: int) -> list[str]:
    """Return the container's command: the program, and the port on which it listens."""
    return ["python", "-c", PROGRAM, str(port)]
