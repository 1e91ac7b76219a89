#!/usr/bin/python3
"""gobgpd: VPNv4, VPNv6, EVPN types 2, 3 and 5 and labelled unicast both ways, withdrawals, route targets with change
and default (RFC 4684), restarts of either side."""
from speakers import *

alone("gobgpd", "gobgp", "tcpdump", "tshark")
ROUTES = {  # family: how it is added, what its key contains, the table that shows it
    "vpnv4": ("10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 encap mpls-in-udp nexthop 172.16.0.2", "172.16.0.2:1:10.1.35.0/24", "bgp.l3vpn.0"),
    "vpnv6": ("2001:db8:35::/48 label 1004 rd 172.16.0.2:1 rt 64512:1 nexthop 2001:db8::2", "2001:db8:35::/48", "bgp.l3vpn-inet6.0"),
    "evpn": ("macadv 02:00:00:00:00:01 10.1.3.5 etag 0 label 2001 rd 172.16.0.2:1 rt 64512:1 encap vxlan", "02:00:00:00:00:01", "bgp.evpn.0"),
    "evpn ": ("multicast 172.16.0.2 etag 0 rd 172.16.0.2:1 rt 64512:1 encap vxlan pmsi ingress-repl 2001 172.16.0.2", "multicast", "bgp.evpn.0"),
    "evpn  ": ("prefix 10.1.3.0/24 etag 0 gw 0.0.0.0 label 2001 rd 172.16.0.2:1 rt 64512:1 encap vxlan router-mac 02:00:00:00:00:aa", "prefix:10.1.3.0/24", "bgp.evpn.0"),
}


def key_of(speaker, family, part):
    return [name for name in speaker.paths(family.strip()) if part.lower() in name.lower()]


with World() as world:
    reflector = Reflector(world)
    a, b = Gobgp(world, 2), Gobgp(world, 3)
    until(lambda: reflector.up(a.address, b.address), "both sessions are up")

    # Nobody has asked for the target yet: a does not even tell the reflector.
    for family, (words, _, _) in ROUTES.items():
        a.add(family.strip(), words)
    time.sleep(1)
    expect(not any(key_of(b, family, part) for family, (_, part, _) in ROUTES.items()), "without a membership nothing is told")

    # A VRF asks for it (and gobgp tells its own membership); routes come, and go with it.
    b.run("vrf add red rd 172.16.0.3:1 rt both 64512:1")
    for family, (_, part, table) in ROUTES.items():
        until(lambda: reflector.routes(table), f"the reflector has {family.strip()}")
    for family, (_, part, _) in ROUTES.items():
        until(lambda: key_of(b, family, part), f"b has {family}{part} once it asks for 64512:1")
    attributes = json.dumps(b.paths("vpnv4"))
    for what in ("64512:1", "172.16.0.2", "1003"):
        expect(what in attributes, f"the VPNv4 route kept {what}: {attributes}")
    b.run("vrf del red")
    for family, (_, part, _) in ROUTES.items():
        until(lambda: not key_of(b, family, part), f"b gives {family}{part} up with its membership")

    # Another target, which no route carries; then a route that carries both.
    b.run("vrf add blue rd 172.16.0.3:2 rt both 64512:2")
    time.sleep(2)
    expect(not key_of(b, "vpnv4", "10.1.35.0/24"), "64512:2 does not bring 64512:1's routes")
    a.add("vpnv4", "10.1.36.0/24 label 1005 rd 172.16.0.2:1 rt 64512:1 64512:2 encap mpls-in-gre nexthop 172.16.0.2")
    until(lambda: key_of(b, "vpnv4", "10.1.36.0/24"), "a route with both targets comes")
    expect(not key_of(b, "vpnv4", "10.1.35.0/24"), "and it alone")
    b.run("vrf add red rd 172.16.0.3:1 rt both 64512:1")
    until(lambda: key_of(b, "vpnv4", "10.1.35.0/24"), "a second membership brings the others")
    # Who does not speak of route targets is told every route there is.
    c = Gobgp(world, 4, families=("l3vpn-ipv4-unicast",))
    until(lambda: key_of(c, "vpnv4", "10.1.35.0/24") and key_of(c, "vpnv4", "10.1.36.0/24"), "c, without the family, has all")
    a.remove("vpnv4", "10.1.36.0/24 label 1005 rd 172.16.0.2:1")
    until(lambda: not key_of(b, "vpnv4", "10.1.36.0/24"), "a withdrawal arrives")

    # The other way.
    b.add("vpnv4", "10.9.9.0/24 label 1009 rd 172.16.0.3:9 rt 64512:9 nexthop 172.16.0.3")
    a.run("vrf add nine rd 172.16.0.2:9 rt both 64512:9")
    until(lambda: key_of(a, "vpnv4", "10.9.9.0/24"), "a hears b")

    # Either side goes and comes back.
    a.stop(signal.SIGKILL)
    until(lambda: not key_of(b, "vpnv4", "10.1.35.0/24"), "routes of a speaker that died go")
    a.start()
    until(lambda: reflector.up(a.address), "it is back")
    words, part, _ = ROUTES["vpnv4"]
    a.add("vpnv4", words)
    until(lambda: key_of(b, "vpnv4", part), "its routes are back")
    reflector.kill()
    reflector.start()
    until(lambda: reflector.up(a.address, b.address), "both come back to a reflector that was killed (D17)", 90)
    until(lambda: key_of(b, "vpnv4", part), "and routes flow again (D17)")
    reflector.stop()
    until(lambda: "Establ" not in a.run("neighbor"), "gobgp saw it end")
    world.check_capture()
