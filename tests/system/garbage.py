#!/usr/bin/python3
"""Truncated and random bytes on the BGP, XMPP and introspect ports end that connection, with a
NOTIFICATION or a stream error where the protocol has one, and harm nobody else."""
import random, time
from lab import *

need_root()
before = ours()
LAB = f"garbage-{os.getpid()}"
NODE = "cn1"
SENDER = r"""
import socket, sys
port, data = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
s = socket.create_connection((sys.argv[3], port), timeout=5)
s.settimeout(8)
try:
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    answer = b""
    while (piece := s.recv(4096)):
        answer += piece
except OSError:
    pass
print(answer.hex() if "answer" in dir() else "")
"""


def send(port, data, node="compute1", address="192.0.2.1"):
    done = tflab("exec", "--lab", LAB, node, "--", "/usr/bin/python3", "-c", SENDER, str(port), data.hex(), address, check=0)
    return bytes.fromhex(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "")


def sessions():
    return [line for line in tflab("show", "nei", "--lab", LAB, "-f", "csv", check=0).stdout.splitlines() if ",Established," in line]


def established(count):
    deadline = time.monotonic() + 30
    while len(sessions()) != count and time.monotonic() < deadline:
        time.sleep(0.2)
    expect_equal(len(sessions()), count, "sessions up")


try:
    tflab("deploy", ROOT / "scenarios" / "smoke" / "two-computes.tflab.json", "--name", LAB, check=0)
    established(4)
    rng = random.Random(1)
    open_head = bytes.fromhex("ff" * 16)
    stream = b'<?xml version="1.0"?><stream:stream from="x" to="network-control@contrailsystems.com" version="1.0" xml:lang="en" xmlns="" xmlns:stream="http://etherx.jabber.org/streams" >'
    for data in (b"", b"\x00", rng.randbytes(100), rng.randbytes(5000), open_head + b"\x00\x13\x04", open_head + b"\x00\x05\x01", open_head + b"\xff\xff\x01"):
        send(179, data)
    for data in (b"", b"<", rng.randbytes(100), b"<a>" * 2000, stream + b"<iq><", stream + b"<iq>" + b"<x>" * 5000,
                 b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', stream + b"</iq></iq>"):
        send(5269, data)
    for data in (b"", b"GET", b"GET / HTTP/1.1\r\n\r\n", rng.randbytes(3000), b"GET /Snh_" + b"A" * 20000 + b" HTTP/1.1\r\n\r\n"):
        send(8083, data, node=NODE, address="127.0.0.1")
    # Somebody who is a configured peer and talks nonsense is told so (RFC 4271 section 6.1).
    answer = send(179, bytes(19), node="cn2")
    expect(answer == b"" or answer[18] in (1, 3), "an OPEN at most, then a NOTIFICATION")
    established(4)
    flaps = {line.split(",")[-2] for line in sessions()}
    expect_equal(flaps, {"0"}, "nobody else was harmed: no session ever flapped")
finally:
    tflab("destroy", LAB)
expect_equal(ours(), before, "nothing is left")
