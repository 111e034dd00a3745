#!/usr/bin/python3
"""A broker for the tests of the front: serves what the folder beside it says, and writes down what it saw.

Started by the front as the node of an installation: argv is SCRIPT --runtime-dir=DIR --build=DIR, descriptor 3 listens, descriptor 4 tells `ok`.
In DIR of the build: `behaviour` (JSON) says what to do; `seen.jsonl` gets one line per event.
"""
import array
import json
import os
import socket
import struct
import sys
import time

REQUEST, SANDBOX, EXITED, FAILED, ACK, OUTPUT, EXIT, PLAN, NOT_HERE, NAMESPACES, GO = 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16


def frame(kind, payload=b""):
    return struct.pack("<II", len(payload), kind) + payload


def fields(payload):
    return [piece.split("=", 1) for piece in payload.decode("utf8", "surrogateescape").split("\0")[:-1]]


def encode_plan(words, blobs):
    text = b"".join(word.encode() + b"\0" for word in words)
    return struct.pack("<II", len(text), len(blobs)) + b"".join(struct.pack("<I", len(blob)) for blob in blobs) + text + b"".join(blobs)


class Peer:
    def __init__(self, connection):
        self.connection = connection
        self.bytes = b""
        self.descriptors = []

    def read(self, count):
        while len(self.bytes) < count:
            data, descriptors, _, _ = socket.recv_fds(self.connection, 65536, 64)
            self.descriptors += descriptors
            if not data:
                return None
            self.bytes += data
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def frame(self):
        header = self.read(8)
        if header is None:
            return None, b""
        length, kind = struct.unpack("<II", header)
        return kind, self.read(length)


def note(build, **event):
    with open(os.path.join(build, "seen.jsonl"), "a") as file:
        file.write(json.dumps(event) + "\n")


def connect_upstream(connector, identity, bus):
    payload = f"id={identity}\0bus={bus}\0".encode()
    connector.sendall(frame(1, payload))
    peer = Peer(connector)
    kind, answer = peer.frame()
    if kind != 2:
        return None, dict(fields(answer))
    return socket.socket(fileno=peer.descriptors[0]), dict(fields(answer))


def speak(upstream):
    """Authenticates and says Hello, as far as a dbus-daemon needs it; the unique name that it gave."""
    upstream.setblocking(True)
    upstream.settimeout(5)
    upstream.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
    upstream.recv(4096)
    upstream.sendall(b"BEGIN\r\n")
    header = b"\x01\x01o\0" + struct.pack("<I", 21) + b"/org/freedesktop/DBus\0" + b"\0\0"
    def string(code, kind, text):
        out = bytes([code, 1]) + kind + b"\0" + struct.pack("<I", len(text)) + text + b"\0"
        return out + b"\0" * (-len(out) % 8)
    header += string(6, b"s", b"org.freedesktop.DBus") + string(2, b"s", b"org.freedesktop.DBus") + string(3, b"s", b"Hello")
    header = header.rstrip(b"\0") + b"\0"  # the length of the list does not count what fills up behind its last member
    upstream.sendall(b"l\x01\0\x01" + struct.pack("<III", 0, 1, len(header)) + header + b"\0" * (-len(header) % 8))
    answer = b""
    while b":1." not in answer:
        more = upstream.recv(4096)
        if not more:
            raise ConnectionError("the bus closed the connection")
        answer += more
    start = answer.index(b":1.")
    return answer[start:answer.index(b"\0", start)].decode()


def identity_of_peer(name):
    """What the bus says about a connection: pid, and what its root tells."""
    import subprocess
    pid = int(subprocess.run(["dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetConnectionUnixProcessID", "string:" + name],
                             capture_output=True, text=True, timeout=10).stdout.split()[-1])
    with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/root/.flatpak-info") as info:
        return {"pid": pid, "comm": comm.read().strip(), "info": info.read()}


def serve(connection, build, behaviour):
    peer = Peer(connection)
    kind, payload = peer.frame()
    if kind is None:
        return
    request = fields(payload)
    note(build, event="request", kind=kind, fields=request, broker=os.getpid())
    if behaviour.get("dropRequests", 0) > 0:
        behaviour["dropRequests"] -= 1
        return
    connection.sendall(frame(ACK))
    if "namespaces" in behaviour:
        connection.sendall(frame(NAMESPACES, "".join(f"{key}={value}\0" for key, value in behaviour["namespaces"].items()).encode()))
        note(build, event="announced")
        time.sleep(behaviour.get("pause", 0))
    if "output" in behaviour:
        connection.sendall(frame(OUTPUT, bytes([behaviour.get("outputTo", 1)]) + behaviour["output"].encode()))
    if behaviour.get("notHere"):
        connection.sendall(frame(NOT_HERE))
        return
    if "exit" in behaviour:
        connection.sendall(frame(EXIT, f"status={behaviour['exit']}\0".encode()))
        return
    if behaviour.get("dieAfterAck"):
        os._exit(1)
    if "rawPlan" in behaviour:
        connection.sendall(frame(PLAN, bytes.fromhex(behaviour["rawPlan"])))
    elif "refuse" in behaviour:
        # A refusal while the sandbox is built, heard of by a front that has met another fault meanwhile.
        connection.sendall(frame(PLAN, encode_plan(behaviour["plan"], [])) + frame(OUTPUT, b"\x02" + behaviour["refuse"].encode()) + frame(EXIT, b"status=125\0"))
        return
    else:
        connection.sendall(frame(PLAN, encode_plan(behaviour["plan"], [blob.encode("latin1") for blob in behaviour.get("blobs", [])])))
        if not say_go(connection, build, behaviour.get("go", "at once")):
            return
    held = []
    while True:
        kind, payload = peer.frame()
        if kind is None:
            note(build, event="end")
            return
        event = {"event": {SANDBOX: "sandbox", EXITED: "exited", FAILED: "failed"}.get(kind, kind), "fields": fields(payload)}
        if kind == SANDBOX:
            event["descriptors"] = len(peer.descriptors)
            held = peer.descriptors
            listeners = [value for key, value in event["fields"] if key == "listen"]
            if behaviour.get("dieAfterSandbox"):
                note(build, **event)
                os._exit(1)
            for index, _ in enumerate([] if behaviour.get("nobodyComes") else listeners):
                event.setdefault("accepted", []).append(serve_listener(held[index], behaviour))
            if "connect" in behaviour:
                connector = socket.socket(fileno=os.dup(held[len(listeners)]))
                event["connections"] = [ask_connector(connector, number, bus, behaviour) for number, bus in enumerate(behaviour["connect"])]
                if behaviour.get("dieAfterConnect"):
                    note(build, **event)
                    os._exit(1)
        if kind == FAILED and behaviour.get("speechless"):
            note(build, **event)
            time.sleep(60)
        if kind == FAILED:
            connection.sendall(frame(OUTPUT, b"\x02rendered by the broker\n") + frame(EXIT, b"status=125\0"))
        note(build, **event)


def say_go(connection, build, how):
    """What comes behind the plan; false where nothing more does."""
    if how == "at once":
        connection.sendall(frame(GO))
        return True
    note(build, event="no go")
    if how == "late":
        time.sleep(0.5)
        note(build, event="go")
        connection.sendall(frame(OUTPUT, b"\x02now\n") + frame(GO))
        return True
    if how == "never":
        return True
    if how == "words":
        connection.sendall(frame(OUTPUT, b"\x02" + b"more than a pipe holds\n" * 50000))
        note(build, event="said")
        return True
    time.sleep(0.2)
    if how == "exit":
        connection.sendall(frame(EXIT, b"status=17\0"))
    if how == "nonsense":
        connection.sendall(frame(ACK))
    return False


def serve_listener(descriptor, behaviour):
    """Takes one connection of the app and answers it; what the app sent."""
    listener = socket.socket(fileno=os.dup(descriptor))
    listener.settimeout(5)
    app, _ = listener.accept()
    app.settimeout(5)
    said = app.recv(100).decode()
    app.sendall(b"answer\n")
    app.close()
    return said


def ask_connector(connector, number, bus, behaviour):
    upstream, answer = connect_upstream(connector, number, bus)
    if upstream is None:
        return answer
    name = speak(upstream)
    answer["name"] = name
    answer["identity"] = identity_of_peer(name) if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else None
    if behaviour.get("forget"):
        connector.sendall(frame(4, f"id={number}\0".encode()))
        upstream.settimeout(5)
        while upstream.recv(4096):
            pass
        answer["ended"] = True
    return answer


def main():
    options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
    build = options["build"]
    with open(os.path.join(build, "behaviour")) as file:
        behaviour = json.load(file)
    note(build, event="start", argv=sys.argv, environment=dict(os.environ), cwd=os.getcwd(), descriptors=sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],
         sid=os.getsid(0), pid=os.getpid(), umask=os.umask(0o77))
    if "busAddress" in behaviour:
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = behaviour["busAddress"]
    if "failStart" in behaviour:
        sys.stderr.write(behaviour["failStart"] + "\n")
        sys.exit(1)
    listener = socket.socket(fileno=3)
    listener.setblocking(True)
    os.write(4, b"ok\n")
    os.close(4)
    listener.settimeout(behaviour.get("idle", 5))
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        if os.fork() == 0:
            listener.close()
            connection.setblocking(True)
            serve(connection, build, behaviour)
            os._exit(0)
        connection.close()
        if behaviour.get("dropRequests", 0) > 0:
            behaviour["dropRequests"] -= 1


main()
