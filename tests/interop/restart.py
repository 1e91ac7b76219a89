#!/usr/bin/python3
"""Graceful restart (RFC 4724) beside gobgpd, FRR and BIRD: a daemon that is killed and comes back loses nothing and
nobody notices, whichever side it was; one that does not come back loses all when its time is up."""
from speakers import *

alone("gobgpd", "gobgp", "bgpd", "vtysh", "bird", "birdc", "tcpdump", "tshark")
TIME = 12  # how long ours are kept


def configuration(world):
    document = json.loads(EXAMPLE.read_text())
    document["global-system-config"] = {"graceful-restart-parameters": {"enable": True, "restart-time": TIME, "bgp-helper-enable": True}}
    router = document["bgp-routers"]["reflector"]
    del router["dynamic-neighbors"]
    router["neighbors"] = {name: {"address": address, "route-reflector-client": True, "passive": True}
                           for name, address in (("gobgp", "172.16.0.2"), ("frr", "172.16.0.3"), ("bird", "172.16.0.4"))}
    return world.write("reflector.json", json.dumps(document))


def ours(reflector, prefix):
    """Flags of the path of a prefix in the reflector's table, or nothing."""
    for route in reflector.page("ShowRouteReq", "routing_table=bgp.l3vpn.0").iter("ShowRoute"):
        if prefix in route.findtext("prefix"):
            return [" ".join(path.find("flags").itertext()) for path in route.iter("ShowRoutePath")]
    return []


with World() as world:
    reflector = Reflector(world, configuration(world))
    gobgp = Gobgp(world, 2, families=("l3vpn-ipv4-unicast",), restart_time=TIME)
    frr = Frr(world, 3, {"ipv4 vpn": ["network 10.9.3.0/24 rd 172.16.0.3:9 label 3009 route-map RT"]},
              first=f" bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n bgp graceful-restart restart-time {TIME}\n",
              maps="route-map RT permit 10\n set extcommunity rt 64512:1\nexit\n")
    bird = Bird(world, 4, routes="protocol static vpns { vpn4 { table vpntab4; }; route 172.16.0.4:1 10.4.4.0/24 via 172.16.0.4 mpls 4004 { bgp_ext_community.add((rt, 64512, 1)); }; }",
                bgp=f"graceful restart yes; graceful restart time {TIME};")
    until(lambda: reflector.up(gobgp.address, frr.address, bird.address), "all sessions are up")
    gobgp.add("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 nexthop 172.16.0.2")
    have = {"gobgpd": lambda prefix: any(prefix in name for name in gobgp.paths("vpnv4")),
            "FRR": lambda prefix: prefix in frr.vtysh("show bgp ipv4 vpn"),
            "BIRD": lambda prefix: prefix in bird.ask("show route table vpntab4")}
    prefix_of = {"gobgpd": "10.1.35.0/24", "FRR": "10.9.3.0/24", "BIRD": "10.4.4.0/24"}

    def everybody_has(sentence, seconds=60):
        for holder, has in have.items():
            for owner, prefix in prefix_of.items():
                if owner != holder:
                    until(lambda: has(prefix), f"{sentence}: {holder} has {owner}'s {prefix}", seconds)
    everybody_has("at the beginning")

    # Ours helps: FRR dies without a word, its route stays where it was told, stale with us, and is fresh again.
    frr.stop(signal.SIGKILL)
    until(lambda: not reflector.up(frr.address), "the reflector sees that FRR has gone", 20)
    expect("Stale" in str(ours(reflector, "10.9.3.0/24")), f"FRR's route is stale: {ours(reflector, '10.9.3.0/24')}")
    expect(have["BIRD"]("10.9.3.0/24") and have["gobgpd"]("10.9.3.0/24"), "nobody is told")
    (frr.folder / "bgpd.vty").unlink(missing_ok=True)
    frr.start()
    until(lambda: reflector.up(frr.address), "FRR is back", TIME)
    until(lambda: "Stale" not in str(ours(reflector, "10.9.3.0/24")), "its route is fresh")
    everybody_has("after FRR's restart")

    # gobgpd, too; what it says comes from elsewhere, and is said again before its end-of-rib.
    gobgp.stop(signal.SIGKILL)
    until(lambda: not reflector.up(gobgp.address), "the reflector sees that gobgpd has gone", 20)
    expect("Stale" in str(ours(reflector, "10.1.35.0/24")), f"gobgpd's route is stale: {ours(reflector, '10.1.35.0/24')}")
    expect(have["BIRD"]("10.1.35.0/24") and have["FRR"]("10.1.35.0/24"), "nobody is told")
    gobgp.start()
    gobgp.add("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 nexthop 172.16.0.2")
    until(lambda: reflector.up(gobgp.address), "gobgpd is back", TIME)
    until(lambda: "Stale" not in str(ours(reflector, "10.1.35.0/24")), "its route is fresh")
    everybody_has("after gobgpd's restart")

    # Theirs help: ours dies, its routes stay with them, and it comes back.
    reflector.kill()
    until(lambda: "Established" not in bird.ask("show protocols"), "BIRD sees that the reflector has gone", 20)
    for holder, has in have.items():
        for owner, prefix in prefix_of.items():
            if owner != holder:
                expect(has(prefix), f"{holder} keeps {owner}'s {prefix} without the reflector")
    reflector.start()
    until(lambda: reflector.up(gobgp.address, frr.address, bird.address), "all are back", 60)
    everybody_has("after the reflector's restart")

    # BIRD does not say that it goes on forwarding (flags 0x00): as with the original, its routes go at once.
    bird.stop(signal.SIGKILL)
    until(lambda: not ours(reflector, "10.4.4.0/24") and not have["gobgpd"]("10.4.4.0/24"), "BIRD's route goes with it", 15)

    # Who does not come back in time is forgotten.
    frr.stop(signal.SIGKILL)
    until(lambda: not reflector.up(frr.address), "the reflector sees that FRR has gone", 20)
    expect(ours(reflector, "10.9.3.0/24"), "its route is kept at first")
    until(lambda: not ours(reflector, "10.9.3.0/24") and not have["gobgpd"]("10.9.3.0/24"), "and goes when its time is up", TIME + 20)
    reflector.stop()
    world.check_capture()
