#!/usr/bin/python3
"""ExaBGP: VPNv4 and labelled unicast from it, a changed file withdraws and announces, it goes and comes back."""
from speakers import *

alone("exabgp", "gobgpd", "gobgp", "tcpdump", "tshark")
VPN = "route 10.7.1.0/24 next-hop 172.16.0.7 rd 172.16.0.7:1 label [ 7001 ] extended-community [ target:64512:1 0x030c00000000000d ];"
VPN2 = "route 10.7.2.0/24 next-hop 172.16.0.7 rd 172.16.0.7:1 label [ 7002 ] extended-community [ target:64512:1 ];"
LABELLED = "route 10.70.0.0/24 next-hop 172.16.0.7 label [ 7070 ];"


def text(*routes):
    return f"""neighbor {REFLECTOR} {{
  router-id 172.16.0.7; local-address 172.16.0.7; local-as {AS}; peer-as {AS}; hold-time 90;
  family {{ ipv4 mpls-vpn; ipv4 nlri-mpls; }}
  static {{ {' '.join(routes)} }}
}}
"""


with World() as world:
    reflector = Reflector(world)
    gobgp = Gobgp(world, 2, families=("l3vpn-ipv4-unicast", "ipv4-labelled-unicast"))
    config = world.write("exabgp.conf", text(VPN, LABELLED))
    environment = dict(os.environ, **{"exabgp.daemon.drop": "false", "exabgp.daemon.daemonize": "false", "exabgp.api.cli": "false", "exabgp.log.destination": "stdout", "exabgp.tcp.delay": "0"})
    start = lambda: world.start("exabgp", config, env=environment)
    exabgp = start()
    until(lambda: reflector.up(gobgp.address, "172.16.0.7"), "both sessions are up")

    until(lambda: [name for name in gobgp.paths("vpnv4") if "10.7.1.0/24" in name], "gobgpd has ExaBGP's VPNv4 route")
    heard = json.dumps(gobgp.paths("vpnv4"))
    for what in ("7001", "64512:1", "172.16.0.7"):
        expect(what in heard, f"with {what}: {heard}")
    until(lambda: reflector.routes("inet.3"), "and the reflector its labelled route")

    config.write_text(text(VPN2, LABELLED))
    exabgp.send_signal(signal.SIGUSR1)
    until(lambda: [name for name in gobgp.paths("vpnv4") if "10.7.2.0/24" in name], "a new route comes")
    until(lambda: not [name for name in gobgp.paths("vpnv4") if "10.7.1.0/24" in name], "and the old one goes")
    world.end(exabgp, signal.SIGKILL)
    until(lambda: not gobgp.paths("vpnv4") and not reflector.routes("inet.3"), "its routes go with it")
    exabgp = start()
    until(lambda: reflector.up("172.16.0.7") and gobgp.paths("vpnv4"), "and come back")
    reflector.stop()
    world.check_capture()
