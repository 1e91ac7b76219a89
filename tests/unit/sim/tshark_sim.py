#!/usr/bin/env python3
"""tshark dissects every packet that the simulator writes: BGP, XMPP, MPLS over UDP and over GRE, ICMP,
ARP. Nothing malformed, no wrong checksum, no complaint of its expert but a few that we know. Argument:
the unit tests of sim, one of which writes the captures."""
import collections, os, pathlib, shutil, subprocess, sys, tempfile

SKIPPED = 77
OPTIONS = ["-d", "udp.port==6635,mpls", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
           "-o", "udp.check_checksum:TRUE"]
BAD = ("_ws.malformed || _ws.expert.severity == error || _ws.expert.severity == warning || "
       "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || "
       "icmp.checksum.status == 0")
# ERM-VPN is a family of Tungsten Fabric's own; a dialler that loses a collision resets its connection;
# an EVPN route for a MAC alone has no address.
KNOWN = {"Unknown SAFI (243) for AFI 1", "Unknown Next Hop length (4 bytes)", "Connection reset (RST)",
         "IP Address: NOT INCLUDED"}
WANTED = {"bgp.type == 1": "OPEN", "bgp.type == 2": "UPDATE", "bgp.type == 3": "NOTIFICATION",
          "bgp.type == 4": "KEEPALIVE", "tcp.port == 5269 && tcp.len > 0": "XMPP", "arp": "ARP",
          "mpls && udp.dstport == 6635 && icmp": "MPLSoUDP", "mpls && gre && icmp": "MPLSoGRE",
          "icmp && !mpls": "native ICMP"}


def tshark(file, display_filter):
    done = subprocess.run(["tshark", "-n", "-r", str(file), *OPTIONS, "-Y", display_filter, "-T", "fields",
                           "-e", "frame.number", "-e", "_ws.expert.message"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tshark: {done.stderr}")
    return done.stdout.splitlines()


def complaint(line):
    number, _, messages = line.partition("\t")
    return not messages or set(messages.split(",")) - KNOWN


def main():
    if not shutil.which("tshark"):
        print("skipped: no tshark")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "--gtest_filter=SimCaptures.*"], check=True, stdout=subprocess.DEVNULL,
                       env=os.environ | {"TFLAB_CAPTURES": folder})
        files = sorted(pathlib.Path(folder).rglob("*.pcap"))
        seen, errors = collections.Counter(), []
        for file in files:
            errors += [f"{file.parent.name}/{file.name}: {line}" for line in tshark(file, BAD) if complaint(line)]
            for display_filter, name in WANTED.items():
                seen[name] += len(tshark(file, display_filter))
    errors += [f"no packet is {name}" for name in WANTED.values() if not seen[name]]
    print("\n".join(errors) or f"{len(files)} files: {dict(seen)}")
    return bool(errors)


sys.exit(main())
