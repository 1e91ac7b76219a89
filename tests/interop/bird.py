#!/usr/bin/python3
"""BIRD 2: VPNv4 both ways, withdrawals, restarts."""
from speakers import *

alone("bird", "birdc", "gobgpd", "gobgp", "tcpdump", "tshark")
ROUTES = """protocol static statics {
  vpn4 { table vpntab4; import filter { bgp_ext_community.add((rt, 64512, 1)); bgp_ext_community.add((generic, 0x030c0000, 13)); accept; }; };
  route 172.16.0.4:1 10.4.1.0/24 via 172.16.0.4 mpls 4001;
}"""

with World() as world:
    reflector = Reflector(world)
    gobgp = Gobgp(world, 2, families=("l3vpn-ipv4-unicast",))
    bird = Bird(world, 4, routes=ROUTES)
    until(lambda: reflector.up(gobgp.address, bird.address), "both sessions are up")

    for n in range(100):
        gobgp.add("vpnv4", f"10.1.{n}.0/24 label {1000 + n} rd 172.16.0.2:1 rt 64512:1 encap mpls-in-udp nexthop 172.16.0.2")
    until(lambda: bird.ask("show route table vpntab4").count("172.16.0.2:1 10.1.") == 100, "BIRD has gobgpd's routes")
    detail = bird.ask("show route table vpntab4 all for 172.16.0.2:1 10.1.7.0/24")
    for what in ("(rt, 64512, 1)", "(generic, 0x30c0000, 0xd)", "BGP.originator_id: 172.16.0.2", "BGP.cluster_list: 0.0.0.1", "BGP.mpls_label_stack: 1007"):
        expect(what in detail, f"BIRD was told {what}: {detail}")
    until(lambda: [name for name in gobgp.paths("vpnv4") if "10.4.1.0/24" in name], "gobgpd has BIRD's route")
    heard = json.dumps(gobgp.paths("vpnv4"))
    expect("4001" in heard and "172.16.0.4" in heard, f"with its label and next hop: {heard}")

    gobgp.remove("vpnv4", "10.1.7.0/24 label 1007 rd 172.16.0.2:1")
    until(lambda: bird.ask("show route table vpntab4").count("172.16.0.2:1 10.1.") == 99, "a withdrawal arrives at BIRD")
    bird.ask("reload in reflector")
    until(lambda: bird.ask("show route table vpntab4").count("172.16.0.2:1 10.1.") == 99, "BIRD asks for all again and has it")
    bird.ask("disable statics")
    until(lambda: not gobgp.paths("vpnv4"), "BIRD's withdrawal arrives")
    bird.ask("enable statics")
    until(lambda: gobgp.paths("vpnv4"), "and the route comes again")
    bird.ask("restart reflector")
    until(lambda: reflector.up(bird.address) and bird.ask("show route table vpntab4").count("172.16.0.2:1 10.1.") == 99, "BIRD restarts the session and hears all")
    bird.stop(signal.SIGKILL)
    until(lambda: not gobgp.paths("vpnv4"), "its routes go with it")
    bird.control.unlink(missing_ok=True)
    bird.start()
    until(lambda: gobgp.paths("vpnv4"), "and come back")
    reflector.stop()
    until(lambda: "Cease" in bird.ask("show protocols all reflector") or "Administrative shutdown" in bird.ask("show protocols all reflector"), "BIRD was told Cease")
    world.check_capture()
    world.check_refreshed(bird.address)
