#!/usr/bin/python3
"""FRR: VPNv4, VPNv6 and EVPN type 5 both ways, withdrawals, restarts; routes it echoes back to us are dropped for their
CLUSTER_LIST and ORIGINATOR_ID; the label field of EVPN is passed on as it is."""
from speakers import *

alone("bgpd", "vtysh", "gobgpd", "gobgp", "tcpdump", "tshark")
MAPS = "route-map RT permit 10\n set extcommunity rt 64512:1\nexit\n"
V4 = "network 10.9.3.0/24 rd 172.16.0.3:9 label 3009 route-map RT"
V6 = "network 2001:db8:93::/48 rd 172.16.0.3:9 label 3010 route-map RT"
EVPN = "network 10.77.0.0/16 rd 172.16.0.3:77 ethtag 0 label 177 esi 00:00:00:00:00:00:00:00:00:00 gwip 0.0.0.0 routermac 02:00:00:00:00:77"

with World() as world:
    reflector = Reflector(world)
    gobgp = Gobgp(world, 2, families=("l3vpn-ipv4-unicast", "l3vpn-ipv6-unicast", "l2vpn-evpn"))
    frr = Frr(world, 3, {"ipv4 vpn": [f"neighbor {REFLECTOR} route-reflector-client", V4], "ipv6 vpn": [V6], "l2vpn evpn": ["advertise-all-vni", EVPN]}, maps=MAPS)
    until(lambda: reflector.up(gobgp.address, frr.address), "both sessions are up")

    gobgp.add("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 encap mpls-in-udp nexthop 172.16.0.2")
    gobgp.add("vpnv6", "2001:db8:35::/48 label 1004 rd 172.16.0.2:1 rt 64512:1 nexthop 2001:db8::2")
    gobgp.add("evpn", "macadv 02:00:00:00:00:01 10.1.3.5 etag 0 label 2001 rd 172.16.0.2:1 rt 64512:1 encap vxlan")
    gobgp.add("evpn", "multicast 172.16.0.2 etag 0 rd 172.16.0.2:1 rt 64512:1 encap vxlan pmsi ingress-repl 2001 172.16.0.2")
    gobgp.add("evpn", "prefix 10.1.3.0/24 etag 0 gw 0.0.0.0 label 2001 rd 172.16.0.2:1 rt 64512:1 encap vxlan router-mac 02:00:00:00:00:aa")
    shows = {"ipv4 vpn": "10.1.35.0/24", "ipv6 vpn": "2001:db8:35::/48"}
    for family, prefix in shows.items():
        until(lambda: prefix in frr.vtysh(f"show bgp {family}"), f"FRR has {family} {prefix}")
    for kind in ("[2]:[0]:[48]:[02:00:00:00:00:01]:[32]:[10.1.3.5]", "[3]:[0]:[32]:[172.16.0.2]", "[5]:[0]:[24]:[10.1.3.0]"):
        until(lambda: kind in frr.vtysh("show bgp l2vpn evpn route"), f"FRR has EVPN {kind}")
    detail = frr.vtysh("show bgp ipv4 vpn 10.1.35.0/24")
    for what in ("RT:64512:1", "ET:13", "Originator: 172.16.0.2", "Cluster list: 0.0.0.1", "Remote label: 1003"):
        expect(what in detail, f"FRR was told {what}: {detail}")

    for family, part in (("vpnv4", "10.9.3.0/24"), ("vpnv6", "2001:db8:93::/48"), ("evpn", "10.77.0.0/16")):
        until(lambda: [name for name in gobgp.paths(family) if part in name], f"gobgpd has FRR's {family} {part}")
    expect("3009" in json.dumps(gobgp.paths("vpnv4")), "with FRR's label")
    # FRR's static `label 177` is 177 << 4 | 1 on the wire; without an encapsulation nobody may read it otherwise.
    raw = [path for name, paths in gobgp.paths("evpn").items() if "10.77.0.0/16" in name for path in paths]
    expect("2833" in json.dumps(raw), f"the label field went through unchanged: {raw}")

    # FRR reflects to us, too, and echoes: gobgp's route comes back with our cluster id, and is never used.
    frr.configure("address-family ipv4 vpn", f"neighbor {REFLECTOR} route-reflector-client")
    sources = lambda: reflector.routes("bgp.l3vpn.0")["172.16.0.2:1:10.1.35.0/24"]
    until(lambda: len(sources()) == 2, "FRR's echo is there")
    expect(sources() == ["172.16.0.2", "172.16.0.3"], f"and gobgpd's path is the best: {sources()}")
    looped = reflector.page("ShowRouteReq", "routing_table=bgp.l3vpn.0")
    expect("ClusterListLooped" in str([element.text for element in looped.iter()]), "because of its cluster list")

    frr.vtysh(f"clear bgp ipv4 vpn {REFLECTOR} soft in")
    until(lambda: "10.1.35.0/24" in frr.vtysh("show bgp ipv4 vpn"), "FRR asks for all again and has it")
    frr.configure("address-family ipv4 vpn", "no " + V4.split(" route-map")[0])
    until(lambda: not [name for name in gobgp.paths("vpnv4") if "10.9.3.0/24" in name], "FRR's withdrawal arrives")
    gobgp.remove("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1")
    until(lambda: "10.1.35.0/24" not in frr.vtysh("show bgp ipv4 vpn"), "gobgpd's withdrawal arrives")
    gobgp.add("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 nexthop 172.16.0.2")

    frr.stop(signal.SIGKILL)
    until(lambda: not [name for name in gobgp.paths("vpnv6") if "2001:db8:93" in name], "its routes go with it")
    (frr.folder / "bgpd.vty").unlink(missing_ok=True)
    frr.start()
    until(lambda: reflector.up(frr.address), "FRR is back")
    until(lambda: [name for name in gobgp.paths("vpnv4") if "10.9.3.0/24" in name], "with its routes")
    until(lambda: "10.1.35.0/24" in frr.vtysh("show bgp ipv4 vpn"), "and gobgpd's")
    reflector.stop()
    until(lambda: "Cease" in frr.vtysh(f"show bgp neighbors {REFLECTOR}"), "FRR was told Cease")
    world.check_capture()
    world.check_refreshed(frr.address)
