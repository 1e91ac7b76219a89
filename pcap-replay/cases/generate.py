#!/usr/bin/python3
"""Writes the cases of this folder: generate.py [FOLDER]. Packets expected are built here, octet by
octet, and not by the code under test; counters follow from them and from what a case names."""
import collections, json, pathlib, shutil, sys
from packets import *

CASES = {}

# ---------------------------------------------------------------------------- the node

FABRIC, RED, BLUE = 0, 1, 2
ETH0, VHOST0, PKT0, VM1, VM2, VM3 = range(6)
NODE_MAC, VR_MAC, PEER_MAC = "0e:92:cc:bd:aa:08", "00:00:5e:00:01:00", "0e:11:22:33:44:55"
VM1_MAC, VM2_MAC, VM3_MAC = "02:aa:00:00:00:01", "02:aa:00:00:00:02", "02:aa:00:00:00:03"
ALL_MAC, NO_MAC = "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"
NODE, PEER = "172.31.41.236", "172.31.14.47"
VM1_IP, VM2_IP, VM3_IP, REMOTE_UDP, REMOTE_GRE, OUTSIDE = "10.47.255.252", "10.47.255.251", "10.32.0.5", "10.47.255.10", "10.47.255.11", "8.8.8.8"
VM1_IP6, VM2_IP6, REMOTE_UDP6, REMOTE_GRE6 = "fd00::1", "fd00::2", "fd00::10", "fd00::11"
TO_HOST, TO_VM1, TO_VM2, TO_VM3, BY_UDP, BY_GRE, INTO_FABRIC, INTO_RED, ON_LINK, TO_PEER = range(1, 11)
UDP_LABEL, GRE_LABEL = 1000, 2000


def vrf(n):
    return {"op": "set-vrf", "vrf": n}


def vif(n, type, vrf, mac, address=None, flags=()):
    op = {"op": "set-vif", "vif": n, "type": type}
    if flags:
        op["flags"] = list(flags)
    op |= {"vrf": vrf, "mac": mac}
    return op | ({"address": address} if address else {})


def nexthop(n, type, **more):
    return {"op": "set-nexthop", "nexthop": n, "type": type} | more


def encap(n, out, vrf, dst, src):
    return nexthop(n, "encap", vrf=vrf, out=out, dst=dst, src=src)


def tunnel(n, flag, dip=PEER):
    return nexthop(n, "tunnel", flags=["valid", flag], out=ETH0, dst=PEER_MAC, src=NODE_MAC, sip=NODE, dip=dip)


def translate(n, vrf):
    return nexthop(n, "vrf-translate", vrf=vrf)


def route(vrf, prefix, nexthop, label=None, flags=()):
    op = {"op": "set-route", "vrf": vrf, "prefix": prefix, "nexthop": nexthop}
    flags = list(flags)
    if label is not None:
        op["label"] = label
        flags = ["label-valid"] + flags
    return op | ({"flags": flags} if flags else {})


def bind(label, nexthop):
    return {"op": "bind-label", "label": label, "nexthop": nexthop}


# A compute node with two tenants' networks; red's default route leads into the fabric.
BASE = [
    vrf(FABRIC), vrf(RED), vrf(BLUE),
    vif(ETH0, "physical", FABRIC, NODE_MAC), vif(VHOST0, "host", FABRIC, NODE_MAC, NODE), vif(PKT0, "agent", FABRIC, VR_MAC),
    vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3"]), vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["l3"]),
    vif(VM3, "virtual", BLUE, VR_MAC, VM3_IP, ["policy", "l3"]),
    nexthop(TO_HOST, "receive", out=VHOST0),
    encap(TO_VM1, VM1, RED, VM1_MAC, VR_MAC), encap(TO_VM2, VM2, RED, VM2_MAC, VR_MAC), encap(TO_VM3, VM3, BLUE, VM3_MAC, VR_MAC),
    tunnel(BY_UDP, "mpls-over-udp"), tunnel(BY_GRE, "mpls-over-gre"),
    translate(INTO_FABRIC, FABRIC), translate(INTO_RED, RED), nexthop(ON_LINK, "resolve"), encap(TO_PEER, ETH0, FABRIC, PEER_MAC, NODE_MAC),
    route(RED, VM1_IP + "/32", TO_VM1, 25), route(RED, VM2_IP + "/32", TO_VM2, 26),
    route(RED, REMOTE_UDP + "/32", BY_UDP, UDP_LABEL), route(RED, REMOTE_GRE + "/32", BY_GRE, GRE_LABEL), route(RED, "0.0.0.0/0", INTO_FABRIC),
    route(RED, VM1_IP6 + "/128", TO_VM1, 25), route(RED, VM2_IP6 + "/128", TO_VM2, 26),
    route(RED, REMOTE_UDP6 + "/128", BY_UDP, UDP_LABEL), route(RED, REMOTE_GRE6 + "/128", BY_GRE, GRE_LABEL),
    route(BLUE, VM3_IP + "/32", TO_VM3, 27),
    route(FABRIC, NODE + "/32", TO_HOST), route(FABRIC, PEER + "/32", TO_PEER), route(FABRIC, "172.31.0.0/16", ON_LINK),
    bind(25, TO_VM1), bind(26, TO_VM2), bind(27, TO_VM3), bind(30, INTO_RED), bind(31, BY_UDP), bind(32, BY_GRE),
]
NATIVE_VM1 = route(FABRIC, VM1_IP + "/32", TO_VM1)  # the red network is forwarded in the fabric


def case(name, why, frames, out=(), drops=(), counters=(), ops=(), masks=None, unknown_vifs=(), limits=None):
    """`frames` and `out` are (interface, frame); an interface is a number, or "agent/..." for a trap.
    `drops` are (interface, reason), `counters` names that move, once for each time they are listed."""
    assert name not in CASES, name
    moved = collections.Counter(counters)
    for interface, frame in frames:
        if interface not in unknown_vifs:
            moved[f"vif{interface}.rx_packets"] += 1
            moved[f"vif{interface}.rx_bytes"] += len(frame)
    for place, frame in out:
        if isinstance(place, int):
            moved[f"vif{place}.tx_packets"] += 1
            moved[f"vif{place}.tx_bytes"] += len(frame)
    for interface, reason in drops:
        moved[f"drop.{reason}"] += 1
        if interface not in unknown_vifs:
            moved[f"vif{interface}.drops"] += 1
    tables = {"ops": list(ops)} | ({"masks": masks} if masks is not None else {}) | ({"limits": limits} if limits else {})
    place = lambda p: f"vif{p}" if isinstance(p, int) else p
    CASES[name] = (why, tables, [(place(p), f) for p, f in frames], [(place(p), f) for p, f in out], {name: by for name, by in sorted(moved.items()) if by})


def dropped(name, why, interface, frame, reason, counters=(), ops=()):
    case(name, why, [(interface, frame)], drops=[(interface, reason)], counters=counters, ops=ops)


def from_vm(packet, vm=VM1_MAC):
    return eth(VR_MAC, vm, packet)


def from_peer(packet):
    return eth(NODE_MAC, PEER_MAC, packet)


def to_peer(packet):
    return eth(PEER_MAC, NODE_MAC, packet)


def over_udp(label, packet, ttl, src=50000, dst=6635, **more):
    return ip4(NODE, PEER, udp(src, dst, mpls(label, packet, ttl), sum=False), id=0, **more)


def over_gre(label, packet, ttl):
    return ip4(NODE, PEER, gre(mpls(label, packet, ttl)), id=0)


def udp_in(payload, src=50000, dst=6635, sum=False, **more):
    return from_peer(ip4(PEER, NODE, udp(src, dst, payload, sum=sum), **more))


def gre_in(payload, flags=0, options=b"", protocol=0x8847, **more):
    return from_peer(ip4(PEER, NODE, gre(payload, protocol, flags, options), **more))


# What machines say to each other: name, and the packet from `src` to `dst` with that many hops left.
OCTETS = bytes(range(256)) * 6
V4 = {
    "udp": lambda s, d, ttl: ip4(s, d, udp(1000, 53, b"question"), ttl),
    "udp-without-checksum": lambda s, d, ttl: ip4(s, d, udp(1000, 53, b"question", sum=False), ttl),
    "tcp": lambda s, d, ttl: ip4(s, d, tcp(40000, 80, b"GET /"), ttl),
    "tcp-syn": lambda s, d, ttl: ip4(s, d, tcp(40000, 80, flags=2), ttl),
    "ping": lambda s, d, ttl: ip4(s, d, echo(), ttl),
    "first-fragment": lambda s, d, ttl: ip4(s, d, udp(1000, 53, OCTETS[:72])(address(s) + address(d))[1][:48], ttl, fragment=0x2000, protocol=17),
    "later-fragment": lambda s, d, ttl: ip4(s, d, OCTETS[:40], ttl, fragment=6, protocol=17),
    "options": lambda s, d, ttl: ip4(s, d, udp(1000, 53, b"x"), ttl, options=b"\x94\x04\0\0"),
    "dscp": lambda s, d, ttl: ip4(s, d, udp(1000, 53, b"x"), ttl, tos=0xB8),
    "dont-fragment": lambda s, d, ttl: ip4(s, d, tcp(40000, 80, b"x"), ttl, fragment=0x4000),
    "unknown-protocol": lambda s, d, ttl: ip4(s, d, b"whatever", ttl, protocol=253),
    "empty": lambda s, d, ttl: ip4(s, d, b"", ttl, protocol=253),
    "1400-octets": lambda s, d, ttl: ip4(s, d, udp(1000, 53, OCTETS[:1372]), ttl),
}
V6 = {
    "udp": lambda s, d: ip6(s, d, udp(1000, 53, b"question")),
    "tcp": lambda s, d: ip6(s, d, tcp(40000, 80, b"GET /")),
    "ping": lambda s, d: ip6(s, d, icmp6(128, b"\0\7\0\1data")),
    "fragment": lambda s, d: ip6(s, d, b"\x11\0\0\1\0\0\0\7" + OCTETS[:24], next=44),
    "hop-by-hop": lambda s, d: ip6(s, d, b"\x3b\0\1\4\0\0\0\0", next=0),
}


def machines_talk():
    for name, packet in V4.items():
        inside = packet(VM1_IP, VM2_IP, 64), packet(VM1_IP, VM2_IP, 63)
        case(f"local/ip4-{name}", f"Two machines of one network on one node ({name}): one hop less, the other's MAC, nothing else.",
             [(VM1, from_vm(inside[0]))], [(VM2, eth(VM2_MAC, VR_MAC, inside[1]))], counters=["vrf1.encaps"])
        inside = packet(VM1_IP, REMOTE_UDP, 64), packet(VM1_IP, REMOTE_UDP, 63)
        case(f"encap-mpls-udp/ip4-{name}", f"To a machine elsewhere ({name}): label 1000 carries the TTL that is left, UDP to 6635 without checksum, outer TTL 64.",
             [(VM1, from_vm(inside[0]))], [(ETH0, to_peer(over_udp(UDP_LABEL, inside[1], 63)))], counters=["vrf1.udp_mpls_tunnels"])
        inside = packet(VM1_IP, REMOTE_GRE, 64), packet(VM1_IP, REMOTE_GRE, 63)
        case(f"encap-mpls-gre/ip4-{name}", f"To a machine elsewhere ({name}): GRE without options, protocol MPLS unicast.",
             [(VM1, from_vm(inside[0]))], [(ETH0, to_peer(over_gre(GRE_LABEL, inside[1], 63)))], counters=["vrf1.gre_mpls_tunnels"])
        back = packet(REMOTE_UDP, VM1_IP, 63)
        case(f"decap-mpls-udp/ip4-{name}", f"Out of a tunnel to a machine ({name}): the packet inside is not touched.",
             [(ETH0, udp_in(mpls(25, back, 63)))], [(VM1, eth(VM1_MAC, VR_MAC, back))], counters=["vrf1.encaps"])
        case(f"decap-mpls-gre/ip4-{name}", f"Out of a tunnel to a machine ({name}): the packet inside is not touched.",
             [(ETH0, gre_in(mpls(25, back, 63)))], [(VM1, eth(VM1_MAC, VR_MAC, back))], counters=["vrf1.encaps"])
    for name, packet in V6.items():
        case(f"local/ip6-{name}", f"IPv6 on one node ({name}): the hop limit is kept, as in the original.",
             [(VM1, from_vm(packet(VM1_IP6, VM2_IP6)))], [(VM2, eth(VM2_MAC, VR_MAC, packet(VM1_IP6, VM2_IP6)))], counters=["vrf1.encaps"])
        inside = packet(VM1_IP6, REMOTE_UDP6)
        case(f"encap-mpls-udp/ip6-{name}", f"IPv6 in MPLSoUDP over IPv4 ({name}).",
             [(VM1, from_vm(inside))], [(ETH0, to_peer(over_udp(UDP_LABEL, inside, 64)))], counters=["vrf1.udp_mpls_tunnels"])
        inside = packet(VM1_IP6, REMOTE_GRE6)
        case(f"encap-mpls-gre/ip6-{name}", f"IPv6 in MPLSoGRE over IPv4 ({name}).",
             [(VM1, from_vm(inside))], [(ETH0, to_peer(over_gre(GRE_LABEL, inside, 64)))], counters=["vrf1.gre_mpls_tunnels"])
        back = packet(REMOTE_UDP6, VM1_IP6)
        case(f"decap-mpls-udp/ip6-{name}", f"IPv6 out of a tunnel ({name}).",
             [(ETH0, udp_in(mpls(25, back, 63)))], [(VM1, eth(VM1_MAC, VR_MAC, back))], counters=["vrf1.encaps"])


def nexthops():
    ask = lambda s, d, ttl: V4["udp"](s, d, ttl)
    case("nexthop/vrf-translate-to-native", "The default route leads into the fabric, where the network is forwarded natively: out of eth0 without a tunnel.",
         [(VM1, from_vm(ask(VM1_IP, PEER, 64)))], [(ETH0, to_peer(ask(VM1_IP, PEER, 63)))], counters=["vrf1.vrf_translates", "vrf0.encaps"], ops=[NATIVE_VM1])
    case("nexthop/receive-from-vm", "A machine talks to its own node: through the fabric's VRF to vhost0.",
         [(VM1, from_vm(ask(VM1_IP, NODE, 64)))], [(VHOST0, eth(NODE_MAC, VR_MAC, ask(VM1_IP, NODE, 63)))], counters=["vrf1.vrf_translates", "vrf0.receives"], ops=[NATIVE_VM1])
    case("nexthop/resolve", "An on-link neighbour whose MAC nobody knows: the agent gets the packet with the TTL already taken, to send on when it has resolved it.",
         [(VM1, from_vm(ask(VM1_IP, "172.31.9.9", 64)))], [("agent/resolve/vif3/vrf0", eth(VR_MAC, VM1_MAC, ask(VM1_IP, "172.31.9.9", 63)))],
         counters=["vrf1.vrf_translates", "vrf0.resolves"], ops=[NATIVE_VM1])
    case("nexthop/leaked-route", "A route of another network, leaked: encapsulated for a machine of blue, counted in red.",
         [(VM1, from_vm(ask(VM1_IP, VM3_IP, 64)))], [(VM3, eth(VM3_MAC, VR_MAC, ask(VM1_IP, VM3_IP, 63)))], counters=["vrf1.encaps"], ops=[route(RED, VM3_IP + "/32", TO_VM3, 27)])
    for n in range(2, 9):
        vrfs = [RED] + list(range(3, 3 + n))
        ops = [vrf(v) for v in vrfs[1:]] + [translate(20 + i, v) for i, v in enumerate(vrfs[1:])]
        ops += [route(v, "9.9.9.9/32", 20 + i) for i, v in enumerate(vrfs[:-1])] + [route(vrfs[-1], "9.9.9.9/32", TO_VM1)]
        case(f"nexthop/{n}-translations", f"{n} VRFs one after the other cost one hop, not {n}.",
             [(VM2, from_vm(ask(VM2_IP, "9.9.9.9", 64), VM2_MAC))], [(VM1, eth(VM1_MAC, VR_MAC, ask(VM2_IP, "9.9.9.9", 63)))],
             counters=[f"vrf{v}.vrf_translates" for v in vrfs[:-1]] + [f"vrf{vrfs[-1]}.encaps"], ops=ops)
    dropped("drop/pkt-loop", "VRFs that translate into each other: eight steps, then the packet ends.", VM1, from_vm(ask(VM1_IP, OUTSIDE, 64)), "pkt-loop",
            ["vrf1.vrf_translates", "vrf0.vrf_translates"] * 4, [route(FABRIC, "0.0.0.0/0", INTO_RED)])
    dropped("drop/discard-no-route", "Nothing covers the destination.", VM3, from_vm(ask(VM3_IP, "10.9.9.9", 64), VM3_MAC), "discard", ["vrf2.discards"])
    dropped("drop/discard-route", "A route to nexthop 0, the built-in discard.", VM3, from_vm(ask(VM3_IP, "10.9.9.9", 64), VM3_MAC), "discard", ["vrf2.discards"], [route(BLUE, "10.9.0.0/16", 0)])
    dropped("drop/discard-own-nexthop", "A discard nexthop of one's own counts the same.", VM3, from_vm(ask(VM3_IP, "10.9.9.9", 64), VM3_MAC), "discard", ["vrf2.discards"],
            [nexthop(20, "discard"), route(BLUE, "10.9.0.0/16", 20)])
    dropped("drop/invalid-nh", "A nexthop that is not valid is not used.", VM1, from_vm(ask(VM1_IP, "10.8.0.1", 64)), "invalid-nh", [], [nexthop(20, "discard", flags=[]), route(RED, "10.8.0.0/16", 20)])
    dropped("drop/invalid-label-route", "A route over a tunnel without a label cannot be sent.", VM1, from_vm(ask(VM1_IP, "10.8.0.1", 64)), "invalid-label", [], [route(RED, "10.8.0.0/16", BY_UDP)])
    case("route/longest-prefix", "Of /0, /8, /16, /24 and /32 the longest that covers wins.",
         [(VM2, from_vm(ask(VM2_IP, d, 64), VM2_MAC)) for d in ("11.0.0.1", "11.1.0.1", "11.1.1.1", "11.1.1.9")],
         [(VM1, eth(VM1_MAC, VR_MAC, ask(VM2_IP, "11.0.0.1", 63))), (VM3, eth(VM3_MAC, VR_MAC, ask(VM2_IP, "11.1.0.1", 63))),
          (VM1, eth(VM1_MAC, VR_MAC, ask(VM2_IP, "11.1.1.1", 63))), (VM3, eth(VM3_MAC, VR_MAC, ask(VM2_IP, "11.1.1.9", 63)))],
         counters=["vrf1.encaps"] * 4, ops=[route(RED, "11.0.0.0/8", TO_VM1), route(RED, "11.1.0.0/16", TO_VM3), route(RED, "11.1.1.0/24", TO_VM1), route(RED, "11.1.1.9/32", TO_VM3)])
    case("route/uncovered-again", "A longer route that is deleted uncovers what it hid.",
         [(VM2, from_vm(ask(VM2_IP, "11.1.1.1", 64), VM2_MAC))], [(VM1, eth(VM1_MAC, VR_MAC, ask(VM2_IP, "11.1.1.1", 63)))], counters=["vrf1.encaps"],
         ops=[route(RED, "11.0.0.0/8", TO_VM1), route(RED, "11.1.1.0/24", TO_VM3), {"op": "delete-route", "vrf": RED, "prefix": "11.1.1.0/24"}])
    case("route/ip6-longest-prefix", "The same for IPv6, across octets.",
         [(VM2, from_vm(ip6(VM2_IP6, d, udp(1, 2)), VM2_MAC)) for d in ("fd01::1", "fd01:0:0:1::1")],
         [(VM1, eth(VM1_MAC, VR_MAC, ip6(VM2_IP6, "fd01::1", udp(1, 2)))), (VM3, eth(VM3_MAC, VR_MAC, ip6(VM2_IP6, "fd01:0:0:1::1", udp(1, 2))))],
         counters=["vrf1.encaps"] * 2, ops=[route(RED, "fd01::/32", TO_VM1), route(RED, "fd01:0:0:1::/64", TO_VM3)])
    case("route/replaced-in-place", "A nexthop that is set again is used as it is now: the agent does so when a MAC becomes known.",
         [(VM1, from_vm(ask(VM1_IP, PEER, 64)))], [(ETH0, eth("0e:00:00:00:00:77", NODE_MAC, ask(VM1_IP, PEER, 63)))], counters=["vrf1.vrf_translates", "vrf0.encaps"],
         ops=[NATIVE_VM1, encap(TO_PEER, ETH0, FABRIC, "0e:00:00:00:00:77", NODE_MAC)])


def hops():
    ask = V4["ping"]
    for ttl in (0, 1):
        frame = from_vm(ask(VM1_IP, VM2_IP, ttl))
        case(f"ttl/ip4-{ttl}", f"TTL {ttl} on arrival: the agent gets the packet as it came, to say so to its sender.", [(VM1, frame)], [("agent/zero-ttl/vif3/vrf1", frame)])
        frame = from_vm(ask(VM1_IP, REMOTE_UDP, ttl))
        case(f"ttl/ip4-{ttl}-before-tunnel", f"TTL {ttl} does not enter a tunnel.", [(VM1, frame)], [("agent/zero-ttl/vif3/vrf1", frame)])
    case("ttl/ip4-2", "TTL 2 goes on with 1.", [(VM1, from_vm(ask(VM1_IP, VM2_IP, 2)))], [(VM2, eth(VM2_MAC, VR_MAC, ask(VM1_IP, VM2_IP, 1)))], counters=["vrf1.encaps"])
    case("ttl/ip4-255", "TTL 255 goes on with 254.", [(VM1, from_vm(ask(VM1_IP, VM2_IP, 255)))], [(VM2, eth(VM2_MAC, VR_MAC, ask(VM1_IP, VM2_IP, 254)))], counters=["vrf1.encaps"])
    case("ttl/label-carries-it", "What is left of the TTL is in the label: 2 becomes 1.", [(VM1, from_vm(ask(VM1_IP, REMOTE_GRE, 2)))],
         [(ETH0, to_peer(over_gre(GRE_LABEL, ask(VM1_IP, REMOTE_GRE, 1), 1)))], counters=["vrf1.gre_mpls_tunnels"])
    frame = from_vm(ip6(VM1_IP6, VM2_IP6, udp(1, 2), hops=0))
    case("ttl/ip6-0", "Hop limit 0 goes to the agent.", [(VM1, frame)], [("agent/zero-ttl/vif3/vrf1", frame)])
    case("ttl/ip6-1", "Hop limit 1 is kept and passes.", [(VM1, from_vm(ip6(VM1_IP6, VM2_IP6, udp(1, 2), hops=1)))],
         [(VM2, eth(VM2_MAC, VR_MAC, ip6(VM1_IP6, VM2_IP6, udp(1, 2), hops=1)))], counters=["vrf1.encaps"])
    inside = ask(REMOTE_UDP, VM1_IP, 1)
    case("ttl/inner-1-is-delivered", "The packet inside a tunnel is not counted down at the end of it.", [(ETH0, udp_in(mpls(25, inside, 64)))], [(VM1, eth(VM1_MAC, VR_MAC, inside))], counters=["vrf1.encaps"])
    for ttl in (0, 1):
        dropped(f"drop/ttl-exceeded-label-{ttl}", f"A label with TTL {ttl} ends here (K05).", ETH0, udp_in(mpls(25, ask(REMOTE_UDP, VM1_IP, 64), ttl)), "ttl-exceeded")
    case("ttl/label-2", "A label with TTL 2 is still good for a machine here.", [(ETH0, udp_in(mpls(25, inside, 2)))], [(VM1, eth(VM1_MAC, VR_MAC, inside))], counters=["vrf1.encaps"])


def source_check():
    ask = V4["udp"]
    dropped("rpf/neighbours-address", "A machine may not speak for its neighbour.", VM1, from_vm(ask(VM2_IP, REMOTE_UDP, 64)), "invalid-source")
    dropped("rpf/unknown-address", "Nor for an address that has no machine.", VM1, from_vm(ask("10.47.255.99", REMOTE_UDP, 64)), "invalid-source")
    dropped("rpf/remote-address", "Nor for a machine behind a tunnel.", VM1, from_vm(ask(REMOTE_GRE, REMOTE_UDP, 64)), "invalid-source")
    dropped("rpf/ip6", "The same for IPv6.", VM1, from_vm(ip6(VM2_IP6, REMOTE_UDP6, udp(1, 2))), "invalid-source")
    dropped("rpf/no-way-back-in-the-fabric", "Without fabric forwarding the fabric has no route back to the machine: the quick start's drop.", VM1, from_vm(ask(VM1_IP, PEER, 64)), "invalid-source", ["vrf1.vrf_translates"])
    case("rpf/not-without-policy", "An interface without policy may send from anywhere.", [(VM2, from_vm(ask("1.2.3.4", VM1_IP, 64), VM2_MAC))],
         [(VM1, eth(VM1_MAC, VR_MAC, ask("1.2.3.4", VM1_IP, 63)))], counters=["vrf1.encaps"])


def neighbours():
    ask = lambda target, mac=VM1_MAC, sender=VM1_IP, op=1: eth(ALL_MAC, mac, arp(op, mac, sender, NO_MAC, target), 0x0806)
    answer = lambda target: eth(VM1_MAC, VR_MAC, arp(2, VR_MAC, target, VM1_MAC, VM1_IP), 0x0806)
    for name, target in (("neighbour", VM2_IP), ("remote", REMOTE_UDP), ("outside", OUTSIDE)):
        case(f"arp/from-vm-for-{name}", f"Who has {target}: everything routed is behind the vrouter's MAC (the default route counts).", [(VM1, ask(target))], [(VM1, answer(target))],
             counters=["vrf1.arp_virtual_proxies"])
    case("arp/padded", "Ethernet padding of a request is not repeated.", [(VM1, ask(VM2_IP) + bytes(18))], [(VM1, answer(VM2_IP))], counters=["vrf1.arp_virtual_proxies"])
    dropped("arp/own-address", "A machine that asks for its own address hears nothing: an answer would take it away (RFC 5227).", VM1, ask(VM1_IP, sender=VM2_IP), "invalid-arp")
    dropped("arp/probe", "A probe has no sender yet.", VM1, ask(VM2_IP, sender="0.0.0.0"), "invalid-arp")
    case("arp/announcement", "An announcement is no question; the agent hears who has the address now.", [(VM1, ask(VM2_IP, sender=VM2_IP))], [("agent/arp/vif3/vrf1", ask(VM2_IP, sender=VM2_IP))])
    dropped("arp/reply-from-vm", "A reply nobody asked for (K16).", VM1, ask(VM2_IP, op=2), "invalid-arp")
    dropped("arp/no-route", "No route, no answer.", VM3, ask(VM1_IP, VM3_MAC, VM3_IP), "invalid-arp")
    dropped("arp/wrong-lengths", "Hardware addresses of 8 octets (K16).", VM1, eth(ALL_MAC, VM1_MAC, arp(1, VM1_MAC, VM1_IP, NO_MAC, VM2_IP, b"\0\1\x08\0\x08\4"), 0x0806), "invalid-arp")
    dropped("arp/cut-off", "Cut off in the target's address.", VM1, ask(VM2_IP)[:-1], "pull")
    case("arp/trapped", "A route that says so hands the question to the agent.", [(VM1, ask("10.50.0.1"))], [("agent/arp/vif3/vrf1", ask("10.50.0.1"))],
         ops=[route(RED, "10.50.0.1/32", BY_UDP, 5, ["arp-trap"])])
    fabric = lambda op, target, to=ALL_MAC: eth(to, PEER_MAC, arp(op, PEER_MAC, PEER, NO_MAC, target), 0x0806)
    case("arp/fabric-request-for-node", "The node's own stack answers for its address.", [(ETH0, fabric(1, NODE))], [(VHOST0, fabric(1, NODE))])
    case("arp/fabric-request-for-native-vm", "A neighbour asks for a machine that is forwarded natively: the node's MAC.", [(ETH0, fabric(1, VM1_IP))],
         [(ETH0, eth(PEER_MAC, NODE_MAC, arp(2, NODE_MAC, VM1_IP, PEER_MAC, PEER), 0x0806))], counters=["vrf0.arp_physical_stitches"], ops=[NATIVE_VM1])
    reply = eth(NODE_MAC, PEER_MAC, arp(2, PEER_MAC, PEER, NODE_MAC, NODE), 0x0806)
    case("arp/fabric-reply", "A reply is what the node asked for or what the agent did: both get it.", [(ETH0, reply)], [(VHOST0, reply), ("agent/arp/vif0/vrf0", reply)])
    from_node = eth(ALL_MAC, NODE_MAC, arp(1, NODE_MAC, NODE, NO_MAC, PEER), 0x0806)
    case("arp/host-request", "The node asks its segment.", [(VHOST0, from_node)], [(ETH0, from_node)])
    case("arp/host-request-for-native-vm", "The node asks for a native machine: answered here, nobody outside could.",
         [(VHOST0, eth(ALL_MAC, NODE_MAC, arp(1, NODE_MAC, NODE, NO_MAC, VM1_IP), 0x0806))], [(VHOST0, eth(NODE_MAC, VR_MAC, arp(2, VR_MAC, VM1_IP, NODE_MAC, NODE), 0x0806))],
         counters=["vrf0.arp_virtual_proxies"], ops=[NATIVE_VM1])

    group = lambda target: "ff02::1:ff" + f"{int.from_bytes(address(target)[-3:], 'big') >> 16:02x}:{int.from_bytes(address(target)[-2:], 'big'):x}"
    solicit = lambda target, src=VM1_IP6, hops=255, **more: eth("33:33:ff" + address(target)[-3:].hex(":").rjust(9, ":"), VM1_MAC,
                                                               ip6(src, group(target), solicitation(target, VM1_MAC, **more), hops=hops))
    said = lambda target: eth(VM1_MAC, VR_MAC, ip6(target, VM1_IP6, advertisement(target, VR_MAC), hops=255))
    for name, target in (("neighbour", VM2_IP6), ("remote", REMOTE_UDP6), ("link-local-of-vrouter", "fe80::200:5eff:fe00:100")):
        case(f"nd/from-vm-for-{name}", f"A neighbour solicitation for {target} is answered with the vrouter's MAC.", [(VM1, solicit(target))], [(VM1, said(target))], counters=["vrf1.arp_virtual_proxies"])
    dropped("nd/duplicate-address-detection", "From the unspecified address: an answer would take the address away (RFC 4862 5.4).", VM1, solicit(VM2_IP6, src="::"), "invalid-arp")
    dropped("nd/own-address", "Never for the machine's own address.", VM1, solicit(VM1_IP6), "invalid-arp")
    dropped("nd/hop-limit-254", "A router carried it here (K17, RFC 4861 7.1.1).", VM1, solicit(VM2_IP6, hops=254), "invalid-packet")
    dropped("nd/wrong-checksum", "A wrong checksum (K17).", VM1, solicit(VM2_IP6, sum=0x1234), "cksum-err")
    dropped("nd/multicast-target", "Nobody has a multicast address.", VM1, eth(ALL_MAC, VM1_MAC, ip6(VM1_IP6, "ff02::1", solicitation("ff02::1"), hops=255)), "invalid-packet")
    dropped("nd/no-route", "No route, no answer.", VM1, solicit("fd00::99"), "invalid-arp")
    case("nd/trapped", "A route that says so hands the question to the agent.", [(VM1, solicit("fd00::50"))], [("agent/arp/vif3/vrf1", solicit("fd00::50"))],
         ops=[route(RED, "fd00::50/128", BY_UDP, 5, ["arp-trap"])])


def malformed():
    sound = ip4(VM1_IP, VM2_IP, udp(1000, 53, b"question"))
    for size in (0, 5, 12, 13):
        dropped(f"malformed/ethernet-{size}-octets", f"A runt of {size} octets (K01).", VM1, from_vm(sound)[:size], "pull")
    dropped("malformed/ethernet-alone", "Nothing behind the Ethernet header.", VM1, from_vm(sound)[:14], "pull")
    dropped("malformed/ip4-19-octets", "An IPv4 header cut off.", VM1, from_vm(sound)[:33], "pull")
    dropped("malformed/ip4-options-cut-off", "Options that are not there.", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"", ihl=6)), "pull")
    dropped("malformed/ip4-ihl-4", "A header of 16 octets (K07).", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"12345678", ihl=4)), "invalid-packet")
    dropped("malformed/ip4-length-below-header", "Total length 19 (K07).", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"12345678", length=19)), "invalid-packet")
    dropped("malformed/ip4-length-beyond-frame", "Total length beyond the frame (K07).", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"12345678", length=29)), "invalid-packet")
    dropped("malformed/ip4-checksum", "A wrong header checksum.", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"", sum=1)), "cksum-err")
    dropped("malformed/ip4-version-5", "Version 5 behind type 0x0800.", VM1, from_vm(ip4(VM1_IP, VM2_IP, b"", version=5)), "invalid-packet")
    dropped("malformed/ip4-type-with-ip6", "IPv6 behind type 0x0800.", VM1, eth(VR_MAC, VM1_MAC, ip6(VM1_IP6, VM2_IP6, udp(1, 2)), 0x0800), "invalid-packet")
    dropped("malformed/ip6-39-octets", "An IPv6 header cut off.", VM1, from_vm(ip6(VM1_IP6, VM2_IP6))[:53], "pull")
    dropped("malformed/ip6-length-beyond-frame", "Payload length beyond the frame.", VM1, from_vm(ip6(VM1_IP6, VM2_IP6, b"1234", length=5)), "invalid-packet")
    dropped("malformed/ip6-link-local", "Link-local addresses end at the link (RFC 4291).", VM1, from_vm(ip6("fe80::1", VM2_IP6, udp(1, 2))), "nowhere-to-go")
    for name, src, dst in (("loopback-source", "127.0.0.1", VM2_IP), ("multicast-source", "224.0.0.1", VM2_IP), ("broadcast-source", "255.255.255.255", VM2_IP), ("no-source", "0.0.0.0", VM2_IP),
                           ("loopback-destination", VM1_IP, "127.0.0.1"), ("multicast-destination", VM1_IP, "224.0.0.5"), ("broadcast-destination", VM1_IP, "255.255.255.255"), ("no-destination", VM1_IP, "0.0.0.0")):
        dropped(f"martian/ip4-{name}", "Never passes a router (K19, RFC 1812 5.3.7).", VM1, from_vm(ip4(src, dst, udp(1, 2))), "invalid-packet")
    for name, src, dst in (("unspecified-source", "::", VM2_IP6), ("loopback-source", "::1", VM2_IP6), ("multicast-source", "ff02::1", VM2_IP6), ("multicast-destination", VM1_IP6, "ff02::1")):
        dropped(f"martian/ip6-{name}", "Never passes a router.", VM1, from_vm(ip6(src, dst, udp(1, 2))), "invalid-packet")
    case("malformed/padding-is-cut-off", "Padding behind the IP packet does not travel (K07).", [(VM1, from_vm(sound) + b"\xee" * 20)],
         [(VM2, eth(VM2_MAC, VR_MAC, ip4(VM1_IP, VM2_IP, udp(1000, 53, b"question"), 63)))], counters=["vrf1.encaps"])


def tunnels():
    inside = V4["udp"](REMOTE_UDP, VM1_IP, 63)
    at_vm1 = [(VM1, eth(VM1_MAC, VR_MAC, inside))]
    good = dict(counters=["vrf1.encaps"])
    case("decap/old-udp-port", "Port 51234, which the original used before 6635 (K11).", [(ETH0, udp_in(mpls(25, inside), dst=51234))], at_vm1, **good)
    case("decap/udp-checksum-present", "A UDP checksum is allowed and not looked at.", [(ETH0, udp_in(mpls(25, inside), sum=True))], at_vm1, **good)
    case("decap/gre-key", "GRE with a key (RFC 2890).", [(ETH0, gre_in(mpls(25, inside), 0x2000, b"\0\0\0\7"))], at_vm1, **good)
    case("decap/gre-checksum", "GRE with a checksum field.", [(ETH0, gre_in(mpls(25, inside), 0x8000, b"\0\0\0\0"))], at_vm1, **good)
    case("decap/gre-checksum-and-key", "GRE with both.", [(ETH0, gre_in(mpls(25, inside), 0xA000, bytes(8)))], at_vm1, **good)
    case("decap/outer-options", "IP options in front of the tunnel.", [(ETH0, udp_in(mpls(25, inside), options=b"\x01\x01\x01\x01"))], at_vm1, **good)
    case("decap/outer-padding", "Ethernet padding behind a short tunnel packet is not the machine's.",
         [(ETH0, udp_in(mpls(25, ip4(REMOTE_UDP, VM1_IP, b"", 63, protocol=253))) + bytes(7))], [(VM1, eth(VM1_MAC, VR_MAC, ip4(REMOTE_UDP, VM1_IP, b"", 63, protocol=253)))], **good)
    case("decap/label-leads-into-a-vrf", "A label of a VRF: looked up there.", [(ETH0, udp_in(mpls(30, inside)))], at_vm1, counters=["vrf1.encaps", "vrf1.vrf_translates"])
    case("decap/traffic-class", "The label's traffic class changes nothing.", [(ETH0, udp_in(mpls(25, inside, cls=5)))], at_vm1, **good)
    for name, wrap in (("udp", udp_in), ("gre", gre_in)):
        for label in (0, 1, 3, 14, 15):
            dropped(f"drop/invalid-label-{name}-reserved-{label}", f"Reserved label {label} is nobody's (K03).", ETH0, wrap(mpls(label, inside)), "invalid-label")
        dropped(f"drop/invalid-label-{name}-unknown", "A label that is not bound (K03).", ETH0, wrap(mpls(99, inside)), "invalid-label")
        dropped(f"drop/invalid-label-{name}-largest", "Label 2^20-1 (K03).", ETH0, wrap(mpls(0xFFFFF, inside)), "invalid-label")
        dropped(f"drop/invalid-label-{name}-not-bottom", "A stack of more than one label (K04).", ETH0, wrap(mpls(25, mpls(25, inside), bottom=0)), "invalid-label")
        dropped(f"drop/invalid-label-{name}-without-bottom", "A stack of 64 labels without a bottom (K04).", ETH0, wrap(b"".join(mpls(25, b"", bottom=0) for _ in range(64))), "invalid-label")
        dropped(f"drop/pull-{name}-label-cut-off", "Three octets where a label should be (K02).", ETH0, wrap(mpls(25, b"")[:3]), "pull")
        dropped(f"drop/pull-{name}-nothing-inside", "Nothing behind the label (K02).", ETH0, wrap(mpls(25, b"")), "pull")
        dropped(f"drop/invalid-protocol-{name}-version-5", "Neither IPv4 nor IPv6 inside (K06).", ETH0, wrap(mpls(25, b"\x55" * 40)), "invalid-protocol")
        dropped(f"drop/cksum-err-{name}-inner", "A wrong checksum inside.", ETH0, wrap(mpls(25, ip4(REMOTE_UDP, VM1_IP, b"", sum=1))), "cksum-err")
        dropped(f"drop/invalid-packet-{name}-inner-length", "An inner packet longer than what is there.", ETH0, wrap(mpls(25, ip4(REMOTE_UDP, VM1_IP, b"1", length=200))), "invalid-packet")
        dropped(f"drop/cksum-err-{name}-outer", "A wrong checksum outside.", ETH0, wrap(mpls(25, inside), **{"sum" if name == "gre" else "ttl": 1}) if name == "gre" else
                from_peer(ip4(PEER, NODE, udp(50000, 6635, mpls(25, inside), sum=False), sum=1)), "cksum-err")
        dropped(f"drop/fragments-{name}", "A first fragment of a tunnel packet: nobody here puts it together (K13).", ETH0, wrap(mpls(25, inside), fragment=0x2000), "fragments")
        later = wrap(mpls(25, inside), fragment=3)
        case(f"cross-connect/{name}-later-fragment", "A later fragment is not read for a label: it is the node's (K13).", [(ETH0, later)], [(VHOST0, later)])
    dropped("drop/invalid-packet-udp-length-short", "UDP length below its header (K11).", ETH0, from_peer(ip4(PEER, NODE, udp(50000, 6635, mpls(25, inside), length=7, sum=False))), "invalid-packet")
    dropped("drop/invalid-packet-udp-length-long", "UDP length beyond the packet (K11).", ETH0, from_peer(ip4(PEER, NODE, udp(50000, 6635, mpls(25, inside), length=900, sum=False))), "invalid-packet")
    for flags, name in ((0x1000, "sequence"), (0x4000, "routing"), (0x0001, "version-1"), (0x0700, "recursion")):
        frame = gre_in(mpls(25, inside), flags, b"\0\0\0\0" if flags in (0x1000,) else b"")
        case(f"cross-connect/gre-{name}", "A GRE that we do not speak is left to the node's own stack (K08).", [(ETH0, frame)], [(VHOST0, frame)])
    frame = gre_in(inside, protocol=0x0800)
    case("cross-connect/gre-ip", "GRE that carries no MPLS is the node's.", [(ETH0, frame)], [(VHOST0, frame)])
    transit = lambda ttl: mpls(31, inside, ttl)
    case("decap/tunnel-to-tunnel-without-label", "A label that leads to a tunnel has no label for it.", [(ETH0, udp_in(transit(9)))], drops=[(ETH0, "invalid-label")])
    nested = mpls(25, ip4(PEER, NODE, udp(50000, 6635, mpls(25, inside), sum=False)))
    case("decap/nested", "A tunnel inside a tunnel is the machine's business: opened once (K09).", [(ETH0, udp_in(nested))], [(VM1, eth(VM1_MAC, VR_MAC, nested[4:]))], **good)


def fabric():
    ask = V4["udp"]
    for name, packet in (("tcp", ip4(PEER, NODE, tcp(40000, 179))), ("udp", ip4(PEER, NODE, udp(1, 53))), ("ospf", ip4(PEER, "224.0.0.5", b"x" * 8, protocol=89)),
                         ("ip6", ip6("fe80::1", "ff02::1", udp(1, 2))), ("for-another-host", ip4(PEER, "172.31.1.1", udp(1, 2))), ("malformed", ip4(PEER, NODE, b"", sum=1))):
        frame = from_peer(packet)
        case(f"cross-connect/to-host-{name}", "What is neither a tunnel nor for a native machine goes to the node as it is.", [(ETH0, frame)], [(VHOST0, frame)])
        frame = to_peer(packet)
        case(f"cross-connect/from-host-{name}", "What the node sends goes to the fabric as it is.", [(VHOST0, frame)], [(ETH0, frame)])
    frame = eth("01:80:c2:00:00:0e", PEER_MAC, b"\x02\x07", 0x88CC)
    case("cross-connect/lldp", "A type nobody here knows.", [(ETH0, frame)], [(VHOST0, frame)])
    frame = eth(PEER_MAC, "0e:00:00:00:00:99", ip4(PEER, NODE, udp(50000, 6635, mpls(25, ask(REMOTE_UDP, VM1_IP, 9)), sum=False)))
    case("cross-connect/tunnel-for-another-mac", "A tunnel packet for another's MAC is not opened.", [(ETH0, frame)], [(VHOST0, frame)])
    frame = from_peer(ip4(PEER, "172.31.41.1", udp(50000, 6635, mpls(25, ask(REMOTE_UDP, VM1_IP, 9)), sum=False)))
    case("cross-connect/tunnel-for-another-address", "Nor one for another address.", [(ETH0, frame)], [(VHOST0, frame)])
    case("native/from-fabric", "A neighbour reaches a native machine: one hop less.", [(ETH0, from_peer(ask(PEER, VM1_IP, 64)))], [(VM1, eth(VM1_MAC, VR_MAC, ask(PEER, VM1_IP, 63)))],
         counters=["vrf0.encaps"], ops=[NATIVE_VM1])
    case("native/from-host", "The node reaches a native machine.", [(VHOST0, eth(VR_MAC, NODE_MAC, ask(NODE, VM1_IP, 64)))], [(VM1, eth(VM1_MAC, VR_MAC, ask(NODE, VM1_IP, 63)))],
         counters=["vrf0.encaps"], ops=[NATIVE_VM1])
    frame = from_peer(ask(PEER, VM1_IP, 1))
    case("native/from-fabric-ttl-1", "The last hop goes to the agent.", [(ETH0, frame)], [("agent/zero-ttl/vif0/vrf0", frame)], ops=[NATIVE_VM1])
    frame = eth(ALL_MAC, PEER_MAC, ask(PEER, VM1_IP, 64))
    case("native/broadcast-mac", "A broadcast frame is never routed.", [(ETH0, frame)], [(VHOST0, frame)], ops=[NATIVE_VM1])
    frame = from_peer(ask(PEER, VM1_IP, 64))
    case("native/not-without-fabric-forwarding", "Without fabric forwarding the fabric knows no machine: the node's.", [(ETH0, frame)], [(VHOST0, frame)])
    dropped("drop/nowhere-to-go-without-fabric", "A node without an uplink.", VHOST0, to_peer(ask(NODE, PEER, 64)), "nowhere-to-go", [],
            [{"op": "delete-route", "vrf": RED, "prefix": p} for p in (REMOTE_UDP + "/32", REMOTE_GRE + "/32", REMOTE_UDP6 + "/128", REMOTE_GRE6 + "/128")] +
            [{"op": "unbind-label", "label": n} for n in (31, 32)] + [{"op": "delete-route", "vrf": FABRIC, "prefix": PEER + "/32"}] +
            [{"op": "delete-nexthop", "nexthop": n} for n in (BY_UDP, BY_GRE, TO_PEER)] + [{"op": "delete-vif", "vif": ETH0}])
    dropped("drop/interface-rx-discard", "The agent's interface takes nothing: what the agent sends is injected.", PKT0, to_peer(ask(NODE, PEER, 64)), "interface-rx-discard")
    case("drop/invalid-if", "An interface nobody made (K29).", [(9, from_vm(ask(VM1_IP, VM2_IP, 64)))], drops=[(9, "invalid-if")], unknown_vifs=(9,))
    case("drop/invalid-if-deleted", "A packet for an interface that is gone (K29).", [(6, from_vm(ask(VM1_IP, VM2_IP, 64)))], drops=[(6, "invalid-if")], unknown_vifs=(6,),
         ops=[vif(6, "virtual", RED, VR_MAC), {"op": "delete-vif", "vif": 6}])
    dropped("drop/l2-no-route", "A frame for another's MAC would need a bridge.", VM1, eth(VM2_MAC, VM1_MAC, ask(VM1_IP, VM2_IP, 64)), "l2-no-route")
    dropped("drop/l2-no-route-broadcast", "So would a broadcast that is no ARP.", VM1, eth(ALL_MAC, VM1_MAC, ask(VM1_IP, VM2_IP, 64)), "l2-no-route")
    dropped("drop/invalid-packet-multicast-source-mac", "A group cannot send (K19).", VM1, eth(VR_MAC, "01:00:5e:00:00:01", ask(VM1_IP, VM2_IP, 64)), "invalid-packet")
    dropped("drop/invalid-packet-vlan", "A tagged frame on an interface without VLANs (K12).", VM1, eth(VR_MAC, VM1_MAC, ask(VM1_IP, VM2_IP, 64), vlan=7), "invalid-packet")
    dropped("drop/invalid-protocol", "A type that is neither IP nor ARP.", VM1, eth(VR_MAC, VM1_MAC, b"\0" * 46, 0x88B5), "invalid-protocol")


def listed(ops):
    if not ops:
        return "[]"
    return "[\n    " + ",\n    ".join(json.dumps(op, separators=(",", ":")) for op in ops) + "\n  ]"


# Networks of both kinds on one node: machines of red are bridged, 5000 is their VNI.
REMOTE_MAC, ROUTER_MAC = "02:bb:00:00:00:09", "02:cc:00:00:00:01"
L2_VM1, L2_VM2, L2_VXLAN, L2_UDP, L2_RED, FLOOD, ROUTER, ALL_MACHINES, ALL_VROUTERS = range(40, 49)
VNI = 5000
BRIDGED = [
    vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2"]), vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["l3", "l2"]),
    nexthop(L2_VM1, "encap", family="bridge", vrf=RED, out=VM1, dst=VM1_MAC, src=VR_MAC), nexthop(L2_VM2, "encap", family="bridge", vrf=RED, out=VM2, dst=VM2_MAC, src=VR_MAC),
    tunnel(L2_VXLAN, "vxlan") | {"family": "bridge"}, tunnel(L2_UDP, "mpls-over-udp") | {"family": "bridge"},
    nexthop(L2_RED, "vrf-translate", family="bridge", vrf=RED), nexthop(ROUTER, "l2-receive", family="bridge", vrf=RED),
    nexthop(ALL_MACHINES, "composite", flags=["valid", "multicast", "encap"], family="bridge", vrf=RED), nexthop(ALL_VROUTERS, "composite", flags=["valid", "multicast", "evpn"], family="bridge", vrf=RED),
    nexthop(FLOOD, "composite", flags=["valid", "multicast"], family="bridge", vrf=RED),
]


def member(composite, index, nexthop, number=0):
    return {"op": "set-member", "composite": composite, "index": index, "member": nexthop} | ({"number": number} if number else {})


def to_mac(mac, nexthop, label=None, vni=None):
    return {"op": "set-mac", "vrf": RED, "mac": mac, "nexthop": nexthop} | ({"label": label, "flags": ["label-valid"]} if label else {}) | ({"vni": vni} if vni else {})


BRIDGED += [
    member(ALL_MACHINES, 0, L2_VM1), member(ALL_MACHINES, 1, L2_VM2), member(ALL_VROUTERS, 0, L2_VXLAN, VNI), member(FLOOD, 0, ALL_MACHINES), member(FLOOD, 1, ALL_VROUTERS),
    to_mac(VM1_MAC, L2_VM1), to_mac(VM2_MAC, L2_VM2), to_mac(REMOTE_MAC, L2_VXLAN, vni=VNI), to_mac(VR_MAC, ROUTER), to_mac(ALL_MAC, FLOOD),
    {"op": "bind-vni", "vni": VNI, "nexthop": L2_RED},
]


# Routes that know whose address it is.
KNOWN1, KNOWN2 = {**route(RED, VM1_IP + "/32", TO_VM1, 25), "mac": VM1_MAC}, {**route(RED, VM2_IP + "/32", TO_VM2, 26), "mac": VM2_MAC}
KNOWN1_6, KNOWN2_6 = {**route(RED, VM1_IP6 + "/128", TO_VM1, 25), "mac": VM1_MAC}, {**route(RED, VM2_IP6 + "/128", TO_VM2, 26), "mac": VM2_MAC}


# By EVPN type 5: to a router, which has a MAC inside the tunnel.
TO_ROUTER = nexthop(61, "tunnel", flags=["valid", "vxlan", "l3-vxlan"], out=ETH0, dst=PEER_MAC, src=NODE_MAC, sip=NODE, dip=PEER, inner_dst=ROUTER_MAC)


def bridged(name, why, frames, out=(), drops=(), counters=(), ops=()):
    case(name, why, frames, out, drops, counters, BRIDGED + list(ops))


def over_vxlan(frame, vni=VNI):
    return to_peer(ip4(NODE, PEER, udp(50000, 4789, vxlan(vni, frame), sum=False), id=0))


def vxlan_in(frame, vni=VNI, **more):
    return udp_in(vxlan(vni, frame, **more), dst=4789)


def bridging():
    hello = lambda dst, src=VM1_MAC: eth(dst, src, b"hello, neighbour" * 3, 0x88B5)
    bridged("bridge/local", "A frame that is not for the vrouter goes to its MAC as it is.", [(VM1, hello(VM2_MAC))], [(VM2, hello(VM2_MAC))], counters=["vrf1.l2_encaps"])
    ping = eth(VM2_MAC, VM1_MAC, ip4(VM1_IP, VM2_IP, echo(), 64))
    bridged("bridge/local-ip", "A bridged IP packet keeps its TTL.", [(VM1, ping)], [(VM2, ping)], counters=["vrf1.l2_encaps"])
    bridged("bridge/vxlan", "To a MAC elsewhere: VXLAN with the MAC's VNI, the frame untouched.", [(VM1, hello(REMOTE_MAC))], [(ETH0, over_vxlan(hello(REMOTE_MAC)))], counters=["vrf1.vxlan_tunnels"])
    bridged("bridge/from-vxlan", "From a VNI to a machine's MAC.", [(ETH0, vxlan_in(hello(VM2_MAC, REMOTE_MAC)))], [(VM2, hello(VM2_MAC, REMOTE_MAC))], counters=["vrf1.vrf_translates", "vrf1.l2_encaps"])
    bridged("drop/l2-no-route-unknown", "An unknown MAC of an interface that does not flood.", [(VM1, hello("02:dd:00:00:00:01"))], drops=[(VM1, "l2-no-route")])
    bridged("drop/l2-no-route-from-vxlan", "An unknown MAC out of a tunnel.", [(ETH0, vxlan_in(hello("02:dd:00:00:00:01", REMOTE_MAC)))], drops=[(ETH0, "l2-no-route")], counters=["vrf1.vrf_translates"])
    flooded = ["vrf1.l2_mcast_composites"] * 3
    bridged("flood/broadcast", "A broadcast goes to the other machines and to the other vrouters, and not back.", [(VM1, hello(ALL_MAC))],
            [(VM2, hello(ALL_MAC)), (ETH0, over_vxlan(hello(ALL_MAC)))], counters=flooded + ["vrf1.l2_encaps", "vrf1.vxlan_tunnels"])
    bridged("flood/multicast", "So does a multicast that nobody asked for by name.", [(VM1, hello("01:00:5e:01:02:03"))],
            [(VM2, hello("01:00:5e:01:02:03")), (ETH0, over_vxlan(hello("01:00:5e:01:02:03")))], counters=flooded + ["vrf1.l2_encaps", "vrf1.vxlan_tunnels"])
    bridged("flood/from-vxlan", "What another vrouter has replicated goes to the machines here alone (split horizon, K27).", [(ETH0, vxlan_in(hello(ALL_MAC, REMOTE_MAC)))],
            [(VM1, hello(ALL_MAC, REMOTE_MAC)), (VM2, hello(ALL_MAC, REMOTE_MAC))], counters=["vrf1.vrf_translates"] + ["vrf1.l2_mcast_composites"] * 2 + ["vrf1.l2_encaps"] * 2)
    bridged("flood/unknown-unicast", "An interface that says so floods frames to unknown MACs.", [(VM1, hello("02:dd:00:00:00:01"))],
            [(VM2, hello("02:dd:00:00:00:01")), (ETH0, over_vxlan(hello("02:dd:00:00:00:01")))], counters=flooded + ["vrf1.l2_encaps", "vrf1.vxlan_tunnels", "vrf1.unknown_unicast_floods"],
            ops=[vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2", "unknown-flood"])])
    bridged("flood/nobody-else", "A composite that leads nowhere but back.", [(VM1, hello(ALL_MAC))], drops=[(VM1, "discard")], counters=["vrf1.l2_mcast_composites"],
            ops=[nexthop(60, "composite", flags=["valid", "multicast"], family="bridge", vrf=RED), member(60, 0, L2_VM1), to_mac(ALL_MAC, 60)])
    tree = [nexthop(62, "composite", flags=["valid", "multicast", "fabric"], family="bridge", vrf=RED), nexthop(63, "tunnel", flags=["valid", "mpls-over-udp"], out=ETH0, dst=PEER_MAC, src=NODE_MAC, sip=NODE, dip="172.31.14.48", family="bridge"),
            member(62, 0, 63, 1050), member(FLOOD, 2, 62), bind(1030, FLOOD)]
    said, heard = hello(ALL_MAC), hello(ALL_MAC, REMOTE_MAC)
    along = lambda frame, ttl=64: to_peer(ip4(NODE, "172.31.14.48", udp(50000, 6635, mpls(1050, frame, ttl), sum=False), id=0))
    bridged("flood/beside-the-tree", "What a machine says goes to the other machines, along the tree and to those who are in no tree, once to each.", [(VM1, said)],
            [(VM2, said), (ETH0, over_vxlan(said)), (ETH0, along(said))], counters=["vrf1.l2_mcast_composites"] * 4 + ["vrf1.l2_encaps", "vrf1.vxlan_tunnels", "vrf1.udp_mpls_tunnels"], ops=tree)
    bridged("flood/from-outside-the-tree", "Who is in no tree has sent a copy to everybody: it does not go along the tree as well.", [(ETH0, vxlan_in(heard))],
            [(VM1, heard), (VM2, heard)], counters=["vrf1.vrf_translates"] + ["vrf1.l2_mcast_composites"] * 2 + ["vrf1.l2_encaps"] * 2, ops=tree)
    bridged("flood/from-the-tree", "What comes along the tree goes on along it, and not to those who are in no tree: they have it from who said it.", [(ETH0, udp_in(mpls(1030, heard)))],
            [(VM1, heard), (VM2, heard), (ETH0, along(heard, 63))], counters=["vrf1.l2_mcast_composites"] * 3 + ["vrf1.l2_encaps"] * 2 + ["vrf1.udp_mpls_tunnels"], ops=tree)
    checks = [nexthop(FLOOD, "composite", flags=["valid", "multicast", "validate-mcast-source"], family="bridge", vrf=RED)]
    bridged("flood/from-one-of-its-own", "A list that checks who speaks takes frames of those it sends to.", [(ETH0, vxlan_in(heard))],
            [(VM1, heard), (VM2, heard)], counters=["vrf1.vrf_translates"] + ["vrf1.l2_mcast_composites"] * 2 + ["vrf1.l2_encaps"] * 2, ops=checks)
    stranger = from_peer(ip4("172.31.99.99", NODE, udp(50000, 4789, vxlan(VNI, heard), sum=False)))
    bridged("drop/invalid-mcast-source", "And of nobody else.", [(ETH0, stranger)], drops=[(ETH0, "invalid-mcast-source")], counters=["vrf1.vrf_translates", "vrf1.l2_mcast_composites"], ops=checks)
    routed = eth(VR_MAC, REMOTE_MAC, ip4(REMOTE_UDP, VM2_IP, echo(), 64))
    bridged("bridge/l2-receive-is-routed", "A frame out of a VNI for the vrouter's MAC is routed (IRB): this vrouter is a router of its own, and a hop.", [(ETH0, vxlan_in(routed))],
            [(VM2, eth(VM2_MAC, VR_MAC, ip4(REMOTE_UDP, VM2_IP, echo(), 63)))], counters=["vrf1.vrf_translates", "vrf1.l2_receives", "vrf1.encaps"])
    last_hop = vxlan_in(eth(VR_MAC, REMOTE_MAC, ip4(REMOTE_UDP, VM2_IP, echo(), 1)))
    bridged("bridge/l2-receive-ttl-1", "The last hop ends at the second router: the agent gets it as it came.", [(ETH0, last_hop)], [("agent/zero-ttl/vif0/vrf1", last_hop)],
            counters=["vrf1.vrf_translates", "vrf1.l2_receives"])
    # A logical router: BLUE is its VRF, 6000 its VNI, the node's MAC its MAC here; it has a route to VM2, which is in RED.
    router = [nexthop(62, "vrf-translate", family="bridge", vrf=BLUE), nexthop(63, "l2-receive", family="bridge", vrf=BLUE), {"op": "bind-vni", "vni": 6000, "nexthop": 62},
              to_mac(NODE_MAC, 63) | {"vrf": BLUE}, route(BLUE, VM2_IP + "/32", TO_VM2)]
    inside = lambda mac: eth(mac, ROUTER_MAC, ip4("10.60.0.1", VM2_IP, echo(), 64))
    bridged("bridge/l2-receive-of-a-logical-router", "A packet of EVPN type 5 for a machine of another VRF: VNI and MAC are the router's, the way is its own.", [(ETH0, vxlan_in(inside(NODE_MAC), 6000))],
            [(VM2, eth(VM2_MAC, VR_MAC, ip4("10.60.0.1", VM2_IP, echo(), 63)))], counters=["vrf2.vrf_translates", "vrf2.l2_receives", "vrf2.encaps"], ops=router)
    bridged("drop/l2-no-route-not-the-router", "In the router's VRF nobody has a MAC but the router.", [(ETH0, vxlan_in(inside(VM2_MAC), 6000))], drops=[(ETH0, "l2-no-route")],
            counters=["vrf2.vrf_translates"], ops=router)
    for name, frame, reason in (("unknown-vni", vxlan_in(hello(VM2_MAC), 5001), "invalid-vnid"), ("vni-0", vxlan_in(hello(VM2_MAC), 0), "invalid-vnid"), ("largest-vni", vxlan_in(hello(VM2_MAC), 0xFFFFFF), "invalid-vnid"),
                                ("no-vni-flag", vxlan_in(hello(VM2_MAC), flags=0), "invalid-vnid"), ("vxlan-cut-off", udp_in(b"\x08\0\0\0\0\x13\x88", dst=4789), "pull"), ("inner-runt", vxlan_in(hello(VM2_MAC)[:13]), "pull")):
        bridged(f"drop/{reason}-{name}", "VXLAN that cannot be opened (K03, K10).", [(ETH0, frame)], drops=[(ETH0, reason)])
    bridged("drop/fragments-vxlan", "A first fragment of VXLAN (K13).", [(ETH0, from_peer(ip4(PEER, NODE, udp(50000, 4789, vxlan(VNI, hello(VM2_MAC)), sum=False), fragment=0x2000)))], drops=[(ETH0, "fragments")])
    ask = V4["udp"]
    bridged("encap-vxlan/ip4-type-5", "A route with a VNI and a router MAC: the packet gets an Ethernet header of its own (EVPN type 5).", [(VM1, from_vm(ask(VM1_IP, "10.60.0.1", 64)))],
            [(ETH0, over_vxlan(eth(ROUTER_MAC, NODE_MAC, ask(VM1_IP, "10.60.0.1", 63))))], counters=["vrf1.vxlan_tunnels"],
            ops=[TO_ROUTER, {"op": "set-route", "vrf": RED, "prefix": "10.60.0.0/16", "nexthop": 61, "vni": VNI}])
    ask = V6["udp"]
    bridged("encap-vxlan/ip6-type-5", "The same in IPv6, with its own EtherType inside, and no hop less.", [(VM1, from_vm(ask(VM1_IP6, "fd00:60::1")))],
            [(ETH0, over_vxlan(eth(ROUTER_MAC, NODE_MAC, ask(VM1_IP6, "fd00:60::1"))))], counters=["vrf1.vxlan_tunnels"],
            ops=[TO_ROUTER, {"op": "set-route", "vrf": RED, "prefix": "fd00:60::/32", "nexthop": 61, "vni": VNI}])
    ask = V4["udp"]
    bridged("encap-vxlan/ip4-type-5-one-of-several", "A member of several is a router in VXLAN: its number is the VNI.", [(VM1, from_vm(ask(VM1_IP, "10.60.0.1", 64)))],
            [(ETH0, over_vxlan(eth(ROUTER_MAC, NODE_MAC, ask(VM1_IP, "10.60.0.1", 63))))], counters=["vrf1.ecmp_composites", "vrf1.vxlan_tunnels"],
            ops=[TO_ROUTER, nexthop(50, "composite", flags=["valid", "ecmp"]), member(50, 0, 61, VNI), route(RED, "10.60.0.1/32", 50)])


def stitched():
    who = lambda target, mac=VM1_MAC, sender=VM1_IP: eth(ALL_MAC, mac, arp(1, mac, sender, NO_MAC, target), 0x0806)
    he = lambda mac, target, to=VM1_MAC, asked_by=VM1_IP: eth(to, mac, arp(2, mac, target, to, asked_by), 0x0806)
    told = [(VM1, he(VM2_MAC, VM2_IP))]
    bridged("arp/stitched", "A route that knows whose address it is: the answer has the machine's own MAC, and frames will be bridged to it.", [(VM1, who(VM2_IP))], told,
            counters=["vrf1.arp_virtual_stitches"], ops=[KNOWN2])
    bridged("arp/stitched-before-flood", "Who knows the answer does not flood the question.", [(VM1, who(VM2_IP))], told, counters=["vrf1.arp_virtual_stitches"],
            ops=[{**KNOWN2, "flags": ["label-valid", "arp-flood"]}])
    bridged("arp/flood-without-mac", "A route that does not know: the question goes to everybody.", [(VM1, who(VM2_IP))], [(VM2, who(VM2_IP)), (ETH0, over_vxlan(who(VM2_IP)))],
            counters=["vrf1.arp_virtual_floods", "vrf1.l2_encaps", "vrf1.vxlan_tunnels"] + ["vrf1.l2_mcast_composites"] * 3, ops=[route(RED, VM2_IP + "/32", TO_VM2, 26, ["arp-flood"])])
    bridged("arp/trapped-though-stitched", "A route that says so hands the question to the agent all the same.", [(VM1, who(VM2_IP))], [("agent/arp/vif3/vrf1", who(VM2_IP))],
            ops=[{**KNOWN2, "flags": ["label-valid", "arp-trap"]}])
    bridged("arp/mac-proxy-before-stitched", "An interface that says so hears of the vrouter's MAC alone.", [(VM1, who(VM2_IP))], [(VM1, he(VR_MAC, VM2_IP))], counters=["vrf1.arp_virtual_proxies"],
            ops=[KNOWN2, vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2", "mac-proxy"])])
    case("arp/stitched-where-nothing-is-bridged", "On an interface that only routes the vrouter's MAC is the way.", [(VM1, who(VM2_IP))], [(VM1, he(VR_MAC, VM2_IP))], counters=["vrf1.arp_virtual_proxies"], ops=[KNOWN2])
    bridged("arp/not-stitched-any-more", "A route that is set again without the MAC has forgotten it.", [(VM1, who(VM2_IP))], [(VM1, he(VR_MAC, VM2_IP))], counters=["vrf1.arp_virtual_proxies"],
            ops=[KNOWN2, route(RED, VM2_IP + "/32", TO_VM2, 26)])
    dropped("drop/invalid-arp-gateway-alone", "A port without proxy hears of the vrouter's own addresses alone.", VM1, who(VM2_IP), "invalid-arp", [],
            BRIDGED + [KNOWN2, vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2", "no-arp-proxy"])])
    far = "10.47.255.99"
    asked = lambda target: who(target, REMOTE_MAC, far)
    everybody = lambda frame: dict(out=[(VM1, frame), (VM2, frame)], counters=["vrf1.vrf_translates", "vrf1.arp_physical_floods"] + ["vrf1.l2_mcast_composites"] * 2 + ["vrf1.l2_encaps"] * 2)
    bridged("arp/tunnel-machine-here", "A question that was flooded to us about a machine that lives here is answered for it, into the tunnel.", [(ETH0, vxlan_in(asked(VM1_IP)))],
            [(ETH0, over_vxlan(he(VM1_MAC, VM1_IP, REMOTE_MAC, far)))], counters=["vrf1.vrf_translates", "vrf1.arp_physical_stitches", "vrf1.vxlan_tunnels"], ops=[KNOWN1])
    bridged("arp/tunnel-unknown-mac", "Without the MAC the machine answers itself.", [(ETH0, vxlan_in(asked(VM1_IP)))], **everybody(asked(VM1_IP)))
    elsewhere = {**route(RED, "10.47.255.98/32", BY_UDP, UDP_LABEL), "mac": "02:bb:00:00:00:08"}
    bridged("arp/tunnel-machine-elsewhere", "Where the machine does not live nobody answers for it.", [(ETH0, vxlan_in(asked("10.47.255.98")))], ops=[elsewhere], **everybody(asked("10.47.255.98")))
    tree = [bind(1030, FLOOD)]
    bridged("arp/tunnel-along-a-tree", "The same for what comes along a tree.", [(ETH0, udp_in(mpls(1030, asked(VM1_IP))))],
            [(ETH0, over_vxlan(he(VM1_MAC, VM1_IP, REMOTE_MAC, far)))], counters=["vrf1.arp_physical_stitches", "vrf1.vxlan_tunnels"], ops=[KNOWN1] + tree)
    bridged("arp/tunnel-announcement", "An announcement is no question.", [(ETH0, vxlan_in(who(far, REMOTE_MAC, far)))],
            [(VM1, who(far, REMOTE_MAC, far)), (VM2, who(far, REMOTE_MAC, far))], counters=["vrf1.vrf_translates"] + ["vrf1.l2_mcast_composites"] * 2 + ["vrf1.l2_encaps"] * 2, ops=[KNOWN1])
    gateway = [nexthop(64, "receive", out=PKT0), route(RED, "10.47.255.254/32", 64)]
    dropped("drop/invalid-arp-gateway-from-tunnel", "Questions for the gateway end at the asker's own vrouter, and those from elsewhere here.", ETH0, vxlan_in(asked("10.47.255.254")), "invalid-arp",
            ["vrf1.vrf_translates"], BRIDGED + gateway)

    solicited = lambda target, mac, src: eth("33:33:ff" + address(target)[-3:].hex(":").rjust(9, ":"), mac, ip6(src, "ff02::1:ff00:" + target[-1], solicitation(target, mac), hops=255))
    has_it = lambda mac, target, to, asker: eth(to, mac, ip6(target, asker, advertisement(target, mac, router=False), hops=255))
    bridged("nd/stitched", "The same for IPv6: the machine is no router.", [(VM1, solicited(VM2_IP6, VM1_MAC, VM1_IP6))], [(VM1, has_it(VM2_MAC, VM2_IP6, VM1_MAC, VM1_IP6))],
            counters=["vrf1.arp_virtual_stitches"], ops=[KNOWN2_6])
    bridged("nd/tunnel-machine-here", "And for questions that others have flooded.", [(ETH0, vxlan_in(solicited(VM1_IP6, REMOTE_MAC, "fd00::99")))],
            [(ETH0, over_vxlan(has_it(VM1_MAC, VM1_IP6, REMOTE_MAC, "fd00::99")))], counters=["vrf1.vrf_translates", "vrf1.arp_physical_stitches", "vrf1.vxlan_tunnels"], ops=[KNOWN1_6])
    unknown = solicited(VM1_IP6, REMOTE_MAC, "fd00::99")
    bridged("nd/tunnel-unknown-mac", "Without the MAC the machine answers itself.", [(ETH0, vxlan_in(unknown))], **everybody(unknown))


def several():
    ask = V4["udp"]
    composite = lambda *members: [nexthop(50, "composite", flags=["valid", "ecmp"])] + [member(50, i, n, l) for i, n, l in members] + [route(RED, "10.70.0.1/32", 50)]
    for name, members in (("first", [(0, BY_UDP, 700)]), ("other-places-empty", [(5, BY_UDP, 700)]), ("same-twice", [(0, BY_UDP, 700), (1, BY_UDP, 700)])):
        case(f"ecmp/{name}", "A nexthop of several, of which one is there: it carries every flow, with its own label.", [(VM1, from_vm(ask(VM1_IP, "10.70.0.1", 64)))],
             [(ETH0, to_peer(over_udp(700, ask(VM1_IP, "10.70.0.1", 63), 63)))], counters=["vrf1.ecmp_composites", "vrf1.udp_mpls_tunnels"], ops=composite(*members))
    case("ecmp/to-a-machine-here", "A member may be a machine of this node.", [(VM1, from_vm(ask(VM1_IP, "10.70.0.1", 64)))], [(VM2, eth(VM2_MAC, VR_MAC, ask(VM1_IP, "10.70.0.1", 63)))],
         counters=["vrf1.ecmp_composites", "vrf1.encaps"], ops=composite((0, TO_VM2, 0)))
    case("drop/invalid-nh-ecmp-without-members", "All members are gone.", [(VM1, from_vm(ask(VM1_IP, "10.70.0.1", 64)))], drops=[(VM1, "invalid-nh")], counters=["vrf1.ecmp_composites"], ops=composite())
    watch = [vif(6, "monitoring", FABRIC, VR_MAC), {**vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["l3", "monitored"]), "monitor": 6}]
    case("mirror/monitored-out", "A copy of what leaves by a monitored interface.", [(VM1, from_vm(ask(VM1_IP, VM2_IP, 64)))],
         [(6, eth(VM2_MAC, VR_MAC, ask(VM1_IP, VM2_IP, 63))), (VM2, eth(VM2_MAC, VR_MAC, ask(VM1_IP, VM2_IP, 63)))], counters=["vrf1.encaps"], ops=watch)
    case("mirror/monitored-in", "A copy of what comes in by it, as it came.", [(VM2, from_vm(ask(VM2_IP, VM1_IP, 64), VM2_MAC))],
         [(6, from_vm(ask(VM2_IP, VM1_IP, 64), VM2_MAC)), (VM1, eth(VM1_MAC, VR_MAC, ask(VM2_IP, VM1_IP, 63)))], counters=["vrf1.encaps"], ops=watch)
    dropped("drop/interface-rx-discard-monitoring", "Nothing comes from a monitoring interface.", 6, from_vm(ask(VM1_IP, VM2_IP, 64)), "interface-rx-discard", [], watch)
    dhcp = from_vm(ip4("0.0.0.0", "255.255.255.255", udp(68, 67, b"\x01\x01\x06" + bytes(240))))
    case("dhcp/to-the-agent", "DHCP of an interface that says so goes to the agent as it came.", [(VM1, dhcp)], [("agent/l3-protocols/vif3/vrf1", dhcp)],
         ops=[vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3", "dhcp"])])
    large = V4["1400-octets"]
    small = {**vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["l3"]), "mtu": 600}
    packet = ip4(VM1_IP, VM2_IP, tcp(40000, 80, OCTETS[:1000]), fragment=0x4000)
    case("size/dont-fragment", "Too long and not to be cut: the agent tells its sender (K26).", [(VM1, from_vm(packet))], [("agent/handle-df/vif3/vrf1", from_vm(packet))], ops=[small])
    whole = udp(1000, 53, OCTETS[:1000])(address(VM1_IP) + address(VM2_IP))[1]
    pieces = [(0, 0x2000, whole[:576]), (72, 0, whole[576:])]
    case("size/cut", "Too long and to be cut: pieces that are as long as fits, in multiples of eight (K26).", [(VM1, from_vm(ip4(VM1_IP, VM2_IP, whole, protocol=17)))],
         [(VM2, eth(VM2_MAC, VR_MAC, ip4(VM1_IP, VM2_IP, part, 63, protocol=17, fragment=at | more))) for at, more, part in pieces], counters=["vrf1.encaps"] * 2, ops=[small])
    big6 = from_vm(ip6(VM1_IP6, VM2_IP6, udp(1000, 53, OCTETS[:1000])))
    dropped("drop/push", "Not even eight octets of it fit between the headers and the end.", VM1, from_vm(V4["udp"](VM1_IP, REMOTE_UDP, 64)), "push", [],
            [{**vif(ETH0, "physical", FABRIC, NODE_MAC), "mtu": 40}])
    narrow = [{**vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["l3", "l2"]), "mtu": 600}]
    long_to = lambda mac, **more: eth(mac, VM1_MAC, ip4(VM1_IP, VM2_IP, udp(1, 2, OCTETS[:1000]), **more))
    bridged("drop/interface-tx-discard", "A frame too long for where it goes: a bridge has nobody to tell.", [(VM1, long_to(VM2_MAC))], drops=[(VM1, "interface-tx-discard")], ops=narrow)
    for name, reason, more in (("mcast-df-bit", "mcast-df-bit", dict(fragment=0x4000)), ("interface-tx-discard-one-of-several", "interface-tx-discard", {})):
        frame = long_to(ALL_MAC, **more)
        bridged(f"drop/{name}", "Of several copies the one that is too long is lost.", [(VM1, frame)], [(ETH0, over_vxlan(frame))], [(VM1, reason)],
                ["vrf1.l2_mcast_composites"] * 3 + ["vrf1.vxlan_tunnels"], narrow)
    case("size/ip6-is-never-cut", "IPv6 is not cut on the way (RFC 8200 5): the agent tells its sender.", [(VM1, big6)], [("agent/handle-df/vif3/vrf1", big6)], ops=[small])


# What passes an interface with policy where there is a flow table.
def flows():
    question, floating = udp(1000, 53, b"question"), "172.31.200.1"
    knows = {**vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3"]), "nexthop": TO_VM1}
    key = lambda src=VM1_IP, dst=VM2_IP, protocol=17, ports=(1000, 53), nexthop=TO_VM1: {"nexthop": nexthop, "src": src, "dst": dst, "protocol": protocol, "src_port": ports[0], "dst_port": ports[1]}
    flow = lambda k, action="forward", **more: {"op": "set-flow", "key": k, "action": action} | more

    def with_flows(name, why, frames, out=(), drops=(), counters=(), ops=()):
        case(name, why, frames, out, drops, counters, [knows] + list(ops), limits={"flows": 1024})

    frame = from_vm(ip4(VM1_IP, VM2_IP, question))
    passed = [(VM2, eth(VM2_MAC, VR_MAC, ip4(VM1_IP, VM2_IP, question, 63)))]
    with_flows("flow/miss", "A flow nobody has decided about: the agent gets the packet as it came.", [(VM1, frame)], [("agent/flow-miss/vif3/vrf1", frame)])
    with_flows("flow/forward", "A flow that may pass.", [(VM1, frame)], passed, counters=["vrf1.encaps"], ops=[flow(key())])
    with_flows("flow/another-port-is-another-flow", "The port makes it another flow.", [(VM1, from_vm(ip4(VM1_IP, VM2_IP, udp(1001, 53, b"question"))))],
               [("agent/flow-miss/vif3/vrf1", from_vm(ip4(VM1_IP, VM2_IP, udp(1001, 53, b"question"))))], ops=[flow(key())])
    with_flows("drop/flow-action-drop", "A flow that may not pass.", [(VM1, frame)], drops=[(VM1, "flow-action-drop")], ops=[flow(key(), "drop")])
    with_flows("drop/new-flows", "An interface that takes no new flows.", [(VM1, frame)], drops=[(VM1, "new-flows")],
               ops=[{**vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3", "drop-new-flows"]), "nexthop": TO_VM1}])
    with_flows("flow/icmp", "An echo is a flow by its id.", [(VM1, from_vm(ip4(VM1_IP, VM2_IP, echo())))], [(VM2, eth(VM2_MAC, VR_MAC, ip4(VM1_IP, VM2_IP, echo(), 63)))],
               counters=["vrf1.encaps"], ops=[flow(key(protocol=1, ports=(7, 0)))])
    with_flows("nat/source", "A floating IP: the source address becomes the reverse flow's destination, checksums follow.", [(VM1, frame)],
               [(VM2, eth(VM2_MAC, VR_MAC, ip4(floating, VM2_IP, question, 63)))], counters=["vrf1.encaps"],
               ops=[flow(key(src=VM2_IP, dst=floating, ports=(53, 1000), nexthop=TO_VM2), "nat", flags=["dnat"], reverse=key()),
                    flow(key(), "nat", flags=["snat"], reverse=key(src=VM2_IP, dst=floating, ports=(53, 1000), nexthop=TO_VM2))])
    # ICMP errors about packets of a flow with NAT: what they quote becomes what its sender knows.
    unreachable = lambda quoted, type=3: echo(quoted, type=type, id=0, seq=0)
    to_floating, to_machine = key(dst=floating, ports=(1000, 80)), key(src=VM2_IP, dst=VM1_IP, ports=(8080, 1000), nexthop=TO_VM2)
    has_flows = {**vif(VM2, "virtual", RED, VR_MAC, VM2_IP, ["policy", "l3"]), "nexthop": TO_VM2}
    both_ends = [has_flows, flow(to_machine, "nat", flags=["snat", "spat"], reverse=to_floating), flow(to_floating, "nat", flags=["dnat", "dpat"], reverse=to_machine)]
    asked, got = ip4(VM1_IP, floating, udp(1000, 80, b"question"), 63), ip4(VM1_IP, VM2_IP, udp(1000, 8080, b"question"), 63)
    with_flows("nat/icmp-error", "Who is behind a floating IP complains: addresses, port and all checksums become those of the packet that was sent.", [(VM2, from_vm(ip4(VM2_IP, VM1_IP, unreachable(got)), VM2_MAC))],
               [(VM1, eth(VM1_MAC, VR_MAC, ip4(floating, VM1_IP, unreachable(asked), 63)))], counters=["vrf1.encaps"], ops=both_ends)
    with_flows("nat/icmp-error-short-quote", "The same of a quote that ends behind the ports.", [(VM2, from_vm(ip4(VM2_IP, VM1_IP, unreachable(got[:24])), VM2_MAC))],
               [(VM1, eth(VM1_MAC, VR_MAC, ip4(floating, VM1_IP, unreachable(asked[:24]), 63)))], counters=["vrf1.encaps"], ops=both_ends)
    out_there, answer_here = key(dst=REMOTE_UDP), key(src=REMOTE_UDP, dst=floating, ports=(53, 1000))
    late = lambda src: unreachable(ip4(src, REMOTE_UDP, udp(1000, 53, b"question"), 1), type=11)
    with_flows("nat/icmp-error-from-a-router", "A router on the way keeps its own address.", [(ETH0, udp_in(mpls(25, ip4("10.60.0.9", floating, late(floating), 60))))],
               [(VM1, eth(VM1_MAC, VR_MAC, ip4("10.60.0.9", VM1_IP, late(VM1_IP), 60)))], counters=["vrf1.encaps"],
               ops=[encap(TO_VM1, VM1, RED, VM1_MAC, VR_MAC) | {"flags": ["valid", "policy"]}, flow(answer_here, "nat", flags=["dnat"], reverse=out_there), flow(out_there, "nat", flags=["snat"], reverse=answer_here)])
    floating6 = "fd00:f::1"
    to_floating6, to_machine6 = key(src=VM1_IP6, dst=floating6, ports=(1000, 80)), key(src=VM2_IP6, dst=VM1_IP6, ports=(8080, 1000), nexthop=TO_VM2)
    too_big = lambda dst, port: icmp6(2, b"\0\0\5\0" + ip6(VM1_IP6, dst, udp(1000, port, b"question")))
    with_flows("nat/icmp6-error", "In IPv6 the message's sum covers the addresses of its own header as well.", [(VM2, from_vm(ip6(VM2_IP6, VM1_IP6, too_big(VM2_IP6, 8080)), VM2_MAC))],
               [(VM1, eth(VM1_MAC, VR_MAC, ip6(floating6, VM1_IP6, too_big(floating6, 80))))], counters=["vrf1.encaps"],
               ops=[has_flows, flow(to_machine6, "nat", flags=["snat", "spat"], reverse=to_floating6), flow(to_floating6, "nat", flags=["dnat", "dpat"], reverse=to_machine6)])
    longest = from_vm(ip4(VM1_IP, floating, udp(1000, 80, OCTETS[:1000]), fragment=0x4000))
    with_flows("nat/dont-fragment", "What was translated and does not fit goes to the agent as it came, who quotes it to its sender.", [(VM1, longest)], [("agent/handle-df/vif3/vrf1", longest)],
               ops=both_ends + [{**has_flows, "mtu": 600}])
    with_flows("drop/flow-nat-no-rflow", "A translation without its reverse flow has nothing to translate to.", [(VM1, frame)], drops=[(VM1, "flow-nat-no-rflow")],
               ops=[flow(key(), "nat", flags=["snat"])])

    def lost(name, why, packets, reason, passes=(), ops=()):
        out = [("agent/flow-miss/vif3/vrf1", frame) for frame in passes]
        case(f"drop/{name}", why, [(VM1, frame) for frame in packets], out, [(VM1, reason)], [], [knows] + list(ops), limits={"flows": 1024, "fragments": 16})

    lost("flow-queue-limit-exceeded", "Of a flow that waits for the agent's decision three packets are kept.", [frame] * 4, "flow-queue-limit-exceeded", [frame] * 3)
    lost("flow-evict", "A flow whose connection has ended, and which nobody opens again.", [frame], "flow-evict", ops=[flow(key(), flags=["evict-candidate", "evicted"])])
    lost("flow-invalid-protocol", "An ICMP message too short to tell whose it is.", [from_vm(ip4(VM1_IP, VM2_IP, b"\x08\0\0\0", protocol=1))], "flow-invalid-protocol")
    whole = udp(1000, 53, OCTETS[:1000])(address(VM1_IP) + address(VM2_IP))[1]
    piece = lambda at, more, ttl=64, id=1: ip4(VM1_IP, VM2_IP, whole[at * 8 : at * 8 + 504], ttl, id=id, protocol=17, fragment=at | more)
    said, heard = [(126, 0), (63, 0x2000), (0, 0x2000)], [(0, 0x2000), (126, 0), (63, 0x2000)]
    case("flow/pieces-before-their-first", "Pieces wait for the first of their datagram, which alone tells the ports, and follow it.", [(VM1, from_vm(piece(*each))) for each in said],
         [(VM2, eth(VM2_MAC, VR_MAC, piece(*each, 63))) for each in heard], counters=["vrf1.encaps"] * 3, ops=[knows, flow(key())], limits={"flows": 1024, "fragments": 16, "held_pieces": 4})
    case("drop/fragment-queue-fail", "Of pieces without their first as many wait as there are places.", [(VM1, from_vm(piece(63, 0x2000, id=id))) for id in range(65)], [], [(VM1, "fragment-queue-fail")],
         ops=[knows], limits={"flows": 1024, "fragments": 16, "held_pieces": 64})
    lost("icmp-error", "An error about a flow that is not there is about nothing.", [from_vm(ip4(VM1_IP, VM2_IP, echo(ip4(VM2_IP, VM1_IP, udp(53, 1000, b"x")), type=3, id=0, seq=0)))], "icmp-error")

    # A machine of a bridged network has its flows by its interface's nexthop, for frames, too.
    groups = [{**vif(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3", "l2"]), "nexthop": TO_VM1}, encap(TO_VM1, VM1, RED, VM1_MAC, VR_MAC) | {"flags": ["valid", "policy"]},
              nexthop(L2_VM1, "encap", flags=["valid", "policy"], family="bridge", vrf=RED, out=VM1, dst=VM1_MAC, src=VR_MAC), bind(40, L2_VM1)]

    def with_groups(name, why, frames, out=(), drops=(), counters=(), ops=()):
        case(name, why, frames, out, drops, counters, BRIDGED + groups + list(ops), limits={"flows": 1024})

    there, back = eth(VM2_MAC, VM1_MAC, ip4(VM1_IP, VM2_IP, question)), eth(VM1_MAC, VM2_MAC, ip4(VM2_IP, VM1_IP, udp(53, 1000, b"answer")))
    far_back = eth(VM1_MAC, REMOTE_MAC, ip4(VM2_IP, VM1_IP, udp(53, 1000, b"answer")))
    answer = key(src=VM2_IP, dst=VM1_IP, ports=(53, 1000))
    with_groups("flow/bridged-miss", "The packet in a bridged frame belongs to a flow: the agent gets the frame as it came.", [(VM1, there)], [("agent/flow-miss/vif3/vrf1", there)])
    with_groups("flow/bridged-miss-at-exit", "So does one for such a machine, from a machine without flows.", [(VM2, back)], [("agent/flow-miss/vif4/vrf1", back)])
    with_groups("flow/bridged-miss-from-vxlan", "And out of a VNI, where the MAC tells the machine.", [(ETH0, vxlan_in(far_back))], [("agent/flow-miss/vif0/vrf1", vxlan_in(far_back))], counters=["vrf1.vrf_translates"])
    with_groups("flow/bridged-miss-from-mpls", "And by the machine's label for frames.", [(ETH0, udp_in(mpls(40, far_back, 64)))], [("agent/flow-miss/vif0/vrf1", udp_in(mpls(40, far_back, 64)))])
    with_groups("flow/bridged-forward", "A frame whose flow may pass stays as it is, in both directions.", [(VM1, there), (VM2, back)], [(VM2, there), (VM1, back)], counters=["vrf1.l2_encaps"] * 2,
                ops=[flow(answer, reverse=key()), flow(key(), reverse=answer)])
    with_groups("flow/bridged-forward-from-vxlan", "The same out of a tunnel whose far end is the flow's source.", [(ETH0, vxlan_in(far_back))], [(VM1, far_back)], counters=["vrf1.vrf_translates", "vrf1.l2_encaps"],
                ops=[flow(answer, source=L2_VXLAN)])
    with_groups("flow/bridged-forward-from-mpls", "And in MPLS.", [(ETH0, udp_in(mpls(40, far_back, 64)))], [(VM1, far_back)], counters=["vrf1.l2_encaps"], ops=[flow(answer, source=L2_VXLAN)])
    with_groups("drop/flow-action-drop-bridged", "A flow that may not pass, met at the exit.", [(VM2, back)], drops=[(VM2, "flow-action-drop")], ops=[flow(answer, "drop")])
    with_groups("drop/invalid-source-bridged", "A frame from elsewhere than its flow's source leads.", [(VM2, back)], drops=[(VM2, "invalid-source")], ops=[flow(answer, source=L2_VXLAN)])
    here = eth(VM1_MAC, VM2_MAC, arp(2, VM2_MAC, VM2_IP, VM1_MAC, VM1_IP), 0x0806)
    with_groups("flow/bridged-not-arp", "ARP from machine to machine belongs to no flow.", [(VM2, here)], [(VM1, here)], counters=["vrf1.l2_encaps"])
    told = ip6("fe80::2", "fe80::1", advertisement("fe80::2", VM2_MAC), hops=255)
    with_groups("flow/bridged-not-neighbours", "Nor does what IPv6 has for ARP.", [(VM2, eth(VM1_MAC, VM2_MAC, told))], [(VM1, eth(VM1_MAC, VM2_MAC, told))], counters=["vrf1.l2_encaps"])
    many = eth(ALL_MAC, VM1_MAC, ip4(VM1_IP, "10.47.255.255", question))
    with_groups("flow/bridged-not-broadcast", "Nor does a broadcast, from or to a machine with flows.", [(VM1, many)], [(VM2, many), (ETH0, over_vxlan(many))], counters=["vrf1.l2_mcast_composites"] * 3 + ["vrf1.l2_encaps", "vrf1.vxlan_tunnels"])


# EF is class 3, a tag with priority 5 class 4, all other codes class 9, which nobody has made.
AF11, EF, CS1 = 10, 46, 8
CLASSES = [{"op": "set-forwarding-class", "id": 3, "dscp": AF11, "priority": 6, "exp": 5, "queue": 1}, {"op": "set-forwarding-class", "id": 4, "dscp": CS1, "priority": 1, "exp": 1},
           {"op": "set-qos-map", "map": 1, "dscp": [3 if code == EF else 9 for code in range(64)], "priority": [4 if code == 5 else 9 for code in range(8)]}]


def quality():
    says = lambda tos, s=VM1_IP, d=REMOTE_UDP, ttl=64: ip4(s, d, udp(1000, 53, b"question"), ttl, tos=tos)
    marking = lambda n, *rest: {**vif(n, *rest), "qos": 1}
    VM1_MARKS = [marking(VM1, "virtual", RED, VR_MAC, VM1_IP, ["policy", "l3"])]

    def marked(name, why, frames, out=(), counters=(), ops=VM1_MARKS, more=()):
        case(f"qos/{name}", why, frames, out, [], counters, CLASSES + list(more) + list(ops))

    by_udp = lambda tos, exp, inside, ttl=63: to_peer(ip4(NODE, PEER, udp(50000, 6635, mpls(UDP_LABEL, inside, ttl, cls=exp), sum=False), id=0, tos=tos))
    marked("mpls-udp", "The tunnel's DSCP and the label's traffic class are those of the class, what is inside is not touched.", [(VM1, from_vm(says(EF << 2)))],
           [(ETH0, by_udp(AF11 << 2, 5, says(EF << 2, ttl=63)))], ["vrf1.udp_mpls_tunnels"])
    inside = says(EF << 2 | 1, d=REMOTE_GRE, ttl=63)
    marked("mpls-gre", "The same in GRE; ECN inside is nobody's business.", [(VM1, from_vm(says(EF << 2 | 1, d=REMOTE_GRE)))],
           [(ETH0, to_peer(ip4(NODE, PEER, gre(mpls(GRE_LABEL, inside, 63, cls=5)), id=0, tos=AF11 << 2)))], ["vrf1.gre_mpls_tunnels"])
    six = lambda tos, d: struct.pack("!I", 6 << 28 | tos << 20) + ip6(VM1_IP6, d, udp(1, 2))[4:]
    marked("ip6-in-mpls-udp", "IPv6 is in a class by its traffic class.", [(VM1, from_vm(six(EF << 2 | 3, REMOTE_UDP6)))], [(ETH0, by_udp(AF11 << 2, 5, six(EF << 2 | 3, REMOTE_UDP6), 64))], ["vrf1.udp_mpls_tunnels"])
    several = [nexthop(60, "composite", flags=["valid", "multicast"], family="bridge", vrf=RED), member(60, 0, TO_HOST), member(60, 1, L2_VM2), to_mac(ALL_MAC, 60)]
    many = lambda tos: eth(ALL_MAC, VM1_MAC, says(tos, d="10.47.255.255"))
    marked("copy-for-the-node", "Of several copies in one buffer the node's is marked, and the machine's is not.", [(VM1, many(EF << 2))], [(VHOST0, many(AF11 << 2)), (VM2, many(EF << 2))],
           ["vrf1.l2_mcast_composites", "vrf1.receives", "vrf1.l2_encaps"], more=BRIDGED + several, ops=[marking(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2"])])
    of_flow = lambda qos: {"op": "set-flow", "key": {"nexthop": TO_VM1, "src": VM1_IP, "dst": REMOTE_UDP, "protocol": 17, "src_port": 1000, "dst_port": 53}, "action": "forward", "qos": qos}
    case("qos/of-a-flow", "The map of a flow goes before the interface's.", [(VM1, from_vm(says(EF << 2)))], [(ETH0, by_udp(CS1 << 2, 1, says(EF << 2, ttl=63)))], counters=["vrf1.udp_mpls_tunnels"],
         ops=CLASSES + [{"op": "set-qos-map", "map": 2, "dscp": [4] * 64, "priority": [9] * 8}, VM1_MARKS[0] | {"nexthop": TO_VM1}, of_flow(2)], limits={"flows": 1024})
    marked("class-that-is-not-there", "A code whose class nobody has made is not marked.", [(VM1, from_vm(says(0)))], [(ETH0, by_udp(0, 0, says(0, ttl=63)))], ["vrf1.udp_mpls_tunnels"])
    marked("class-that-is-gone", "Nor one whose class is gone.", [(VM1, from_vm(says(EF << 2)))], [(ETH0, by_udp(0, 0, says(EF << 2, ttl=63)))], ["vrf1.udp_mpls_tunnels"],
           more=[{"op": "delete-forwarding-class", "id": 3}])
    marked("interface-without-map", "The map is the interface's: another one marks nothing.", [(VM2, from_vm(says(EF << 2, s=VM2_IP), VM2_MAC))],
           [(ETH0, by_udp(0, 0, says(EF << 2, s=VM2_IP, ttl=63)))], ["vrf1.udp_mpls_tunnels"])
    for ecn in (0, 1, 3):
        marked(f"native-ecn-{ecn}", "What leaves without a tunnel is marked itself, its checksum follows and ECN stays.", [(VM1, from_vm(says(EF << 2 | ecn, d=PEER)))],
               [(ETH0, to_peer(says(AF11 << 2 | ecn, d=PEER, ttl=63)))], ["vrf1.vrf_translates", "vrf0.encaps"], more=[NATIVE_VM1])
    marked("to-a-machine", "A machine hears what was said.", [(VM1, from_vm(says(EF << 2, d=VM2_IP)))], [(VM2, eth(VM2_MAC, VR_MAC, says(EF << 2, d=VM2_IP, ttl=63)))], ["vrf1.encaps"])
    heard = says(EF << 2, s=REMOTE_UDP, d=VM1_IP, ttl=63)
    marked("fabric-to-a-machine", "Out of a tunnel, too.", [(ETH0, udp_in(mpls(25, heard, cls=5), tos=EF << 2))], [(VM1, eth(VM1_MAC, VR_MAC, heard))], ["vrf1.encaps"],
           [marking(ETH0, "physical", FABRIC, NODE_MAC)])
    marked("fabric-to-host", "The node hears of the mark that the underlay's packets have here.", [(ETH0, from_peer(says(EF << 2, s=PEER, d=NODE)))], [(VHOST0, from_peer(says(AF11 << 2, s=PEER, d=NODE)))],
           ops=[marking(ETH0, "physical", FABRIC, NODE_MAC)])
    asks = eth(ALL_MAC, NODE_MAC, arp(1, NODE_MAC, NODE, NO_MAC, PEER), 0x0806)
    marked("host-to-fabric", "What the node sends is marked, ARP has no mark.", [(VHOST0, to_peer(says(EF << 2, s=NODE, d=PEER))), (VHOST0, asks)],
           [(ETH0, to_peer(says(AF11 << 2, s=NODE, d=PEER))), (ETH0, asks)], ops=[marking(VHOST0, "host", FABRIC, NODE_MAC, NODE)])
    sub = 6
    tagged = {**vif(sub, "virtual-vlan", BLUE, VR_MAC, None, ["l3"]), "parent": VM2, "vlan": 100}
    behind = "10.32.0.9"
    leads = [tagged, encap(20, sub, RED, VM2_MAC, VR_MAC), route(RED, behind + "/32", 20)]
    for name, ops, priority in (("sub-interface", VM1_MARKS, 6), ("sub-interface-unmarked", [], 0)):
        out = eth(VM2_MAC, VR_MAC, says(EF << 2, d=behind, ttl=63), vlan=priority << 13 | 100)
        marked(name, "Who is behind a tag gets it, with the class's priority.", [(VM1, from_vm(says(EF << 2, d=behind)))], [(VM2, out)],
               ["vrf1.encaps", f"vif{sub}.tx_packets"] + [f"vif{sub}.tx_bytes"] * (len(out) - 4), ops, leads)
    bridging_vm1 = [marking(VM1, "virtual", RED, VR_MAC, VM1_IP, ["l3", "l2"])]
    for priority, tos in ((5, CS1 << 2), (4, 0)):
        frame = eth(REMOTE_MAC, VM1_MAC, says(EF << 2), vlan=priority << 13 | 7)
        marked(f"bridged-tag-{priority}", "A tagged frame that is bridged is in a class by its priority.", [(VM1, frame)],
               [(ETH0, to_peer(ip4(NODE, PEER, udp(50000, 4789, vxlan(VNI, frame), sum=False), id=0, tos=tos)))], ["vrf1.vxlan_tunnels"], BRIDGED + bridging_vm1)


def write(root):
    (root / "compute-node.json").write_text('{\n  "ops": ' + listed(BASE) + "\n}\n")
    for name, (why, tables, frames, out, counters) in CASES.items():
        folder = root / name
        folder.mkdir(parents=True)
        rest = "".join(f',\n  "{key}": {json.dumps(value)}' for key, value in tables.items() if key != "ops")
        (folder / "tables.json").write_text('{\n  "base": "../../compute-node.json",\n  "ops": ' + listed(tables["ops"]) + rest + "\n}\n")
        (folder / "in.pcapng").write_bytes(pcapng(frames))
        (folder / "expect.pcapng").write_bytes(pcapng(out))
        (folder / "counters.json").write_text(json.dumps(counters, indent=1) + "\n")
        (folder / "why.md").write_text(why + "\n")


for group in (machines_talk, nexthops, hops, source_check, neighbours, malformed, tunnels, fabric, bridging, stitched, several, flows, quality):
    group()

if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for name in CASES:  # a renamed case leaves nothing behind, cases recorded by hand stay
        if (target / name).is_dir():
            shutil.rmtree(target / name)
    write(target)
    print(f"{len(CASES)} cases")
