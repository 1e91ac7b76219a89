#!/usr/bin/python3
"""OpenBGPD 7.7, itself a reflector between us and a gobgpd: VPNv4 and VPNv6 both ways. It ignores withdrawals of VPN
routes (OpenBSD commit 32a5062ff): what it should have forgotten is not asked."""
from speakers import *

if not os.path.exists("/usr/sbin/bgpd"):
    skip("openbgpd is not installed")
alone("bgpctl", "gobgpd", "gobgp", "tcpdump", "tshark")

with World() as world:
    reflector = Reflector(world)
    (pathlib.Path("/run") / "openbgpd").mkdir()
    config = world.write("openbgpd.conf", f"""AS {AS}
router-id 172.16.0.5
listen on 172.16.0.5
fib-update no
socket "/run/openbgpd/restricted" restricted
nexthop qualify via default
neighbor {REFLECTOR} {{
  remote-as {AS}
  local-address 172.16.0.5
  announce IPv4 none
  announce IPv6 none
  announce IPv4 vpn
  announce IPv6 vpn
}}
neighbor 172.16.0.6 {{
  remote-as {AS}
  local-address 172.16.0.5
  passive
  route-reflector
  announce IPv4 none
  announce IPv6 none
  announce IPv4 vpn
  announce IPv6 vpn
}}
allow from ibgp
allow to ibgp
""", mode=0o600)
    subprocess.run(["ip", "route", "add", "default", "dev", "lo"], check=True)
    openbgpd = world.start("/usr/sbin/bgpd", "-d", "-f", config)
    families = ("l3vpn-ipv4-unicast", "l3vpn-ipv6-unicast")
    near = Gobgp(world, 2, families=families)
    far = Gobgp(world, 6, families=families, reflector="172.16.0.5")
    until(lambda: reflector.up(near.address, "172.16.0.5"), "both sessions are up")

    far.add("vpnv4", "10.6.1.0/24 label 6001 rd 172.16.0.6:1 rt 64512:1 encap mpls-in-udp nexthop 172.16.0.6")
    far.add("vpnv6", "2001:db8:6::/48 label 6002 rd 172.16.0.6:1 rt 64512:1 nexthop 2001:db8::6")
    near.add("vpnv4", "10.1.35.0/24 label 1003 rd 172.16.0.2:1 rt 64512:1 nexthop 172.16.0.2")
    near.add("vpnv6", "2001:db8:35::/48 label 1004 rd 172.16.0.2:1 rt 64512:1 nexthop 2001:db8::2")
    for speaker, family, part in ((near, "vpnv4", "10.6.1.0/24"), (near, "vpnv6", "2001:db8:6::/48"), (far, "vpnv4", "10.1.35.0/24"), (far, "vpnv6", "2001:db8:35::/48")):
        until(lambda: [name for name in speaker.paths(family) if part in name], f"{speaker.address} has {family} {part}")
    expect("172.16.0.6" in json.dumps(near.paths("vpnv4")), "the route names its originator beyond OpenBGPD")

    # What it does do: a session that ends takes its routes along.
    world.end(openbgpd)
    until(lambda: not near.paths("vpnv4") and not near.paths("vpnv6"), "OpenBGPD's routes go with its session")
    openbgpd = world.start("/usr/sbin/bgpd", "-d", "-f", config)
    until(lambda: reflector.up("172.16.0.5"), "OpenBGPD is back", 90)
    until(lambda: near.paths("vpnv4"), "and its routes", 90)
    reflector.stop()
    world.check_capture()
