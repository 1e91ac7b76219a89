#!/usr/bin/python3
"""tshark dissects every packet of the captured runs, BGP, XMPP, MPLSoUDP, MPLSoGRE and VXLAN included,
without a malformed-packet note or a wrong checksum; what features say of their packets, the wire shows."""
import pathlib, shutil, subprocess, tempfile
from lab import *

if not shutil.which("tshark"):
    print("skipped: no tshark")
    sys.exit(SKIPPED)
need_root()
CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]


def dissect(file, display_filter, *fields):
    wanted = [word for field in fields or ("frame.number", "_ws.expert.message") for word in ("-e", field)]
    done = subprocess.run(["tshark", "-n", "-r", str(file), *CHECKSUMS, "-d", "udp.port==6635,mpls", "-Y", display_filter, "-T", "fields", *wanted],
                          capture_output=True, text=True)
    expect(done.returncode == 0, "tshark ran: " + done.stderr)
    return done.stdout.splitlines()


def packets(file, display_filter):
    return len(dissect(file, display_filter))


def vxlan(file):
    """Addresses of both networks are the same; only the VNI tells them apart, and whose MACs it carries."""
    networks = {"1001": "02:00:00:00:0a:", "2002": "02:00:00:00:0b:"}
    frames = [line.split("\t") for line in dissect(file, "vxlan", "ip.src", "vxlan.vni", "eth.src")]
    seen = {(outer.split(",")[0], vni) for outer, vni, _ in frames}
    expect_equal(seen, {(vrouter, vni) for vrouter in ("192.0.2.11", "192.0.2.12") for vni in networks}, f"VNIs from each vRouter in {file}")
    for _, vni, macs in frames:
        expect(macs.split(",")[1].startswith(networks[vni]), f"in VNI {vni} a frame from {macs}")
    expect(packets(file, "mpls && icmp") > 0, "what is routed is in MPLSoUDP")


def logical_router(file):
    """Inside and outside of the tunnel a packet goes from vRouter to vRouter: the frame is the routers', one hop is taken, the VNI is the router's of the time."""
    seen = [line.split("\t") for line in dissect(file, "vxlan && icmp", "vxlan.vni", "eth.src", "eth.dst", "ip.ttl")]
    expect_equal({vni for vni, *_ in seen}, {"5000", "6000"}, f"VNIs in {file}")
    for _, *macs, ttls in seen:
        for mac in macs:
            expect_equal(len(set(mac.split(","))), 1, f"outer and inner MAC {mac}")
        expect(ttls in ("64,63", "64,1"), f"outer and inner TTL {ttls}")


def gatewayless(file):
    """A machine and a host of the underlay talk with nothing in front of their packets, two machines in tunnels."""
    def talk(display_filter):
        return {tuple(line.split("\t")) for line in dissect(file, display_filter, "ip.src", "ip.dst")}
    there_and_back = {("10.8.0.11", "192.0.2.50"), ("192.0.2.50", "10.8.0.11")}
    expect(there_and_back <= talk("icmp && !mpls"), f"without a tunnel in {file}: {talk('icmp && !mpls')}")
    expect_equal({(src.split(",")[1], dst.split(",")[1]) for src, dst in talk("icmp && mpls")},
                 {("10.8.0.11", "10.8.0.12"), ("10.8.0.12", "10.8.0.11")}, f"tunnelled in {file}")


def fragmentation(file):
    """Nothing on the wire is longer than the underlay takes; inside tunnels there are pieces, and all of them."""
    expect_equal(packets(file, "frame.len > 1514"), 0, f"too long in {file}")
    expect_equal(packets(file, "ip.fragment && !mpls"), 0, f"pieces of tunnels in {file}")
    offsets = {line.split(",")[-1] for line in dissect(file, "mpls && ip.dst == 10.1.0.21", "ip.frag_offset")}
    expect(len(offsets) > 4, f"pieces of pieces in {file}: {offsets}")


def qos(file):
    """The tunnel and the label have the mark of the sender's class, what is inside keeps its own; without a tunnel the packet itself has it."""
    seen = [line.split("\t") for line in dissect(file, "mpls && icmp", "ip.src", "ip.dsfield.dscp", "mpls.exp")]
    calls, bulk, lowered, plain = ("46,0", "5"), ("10,0", "1"), ("8,0", "1"), ("0,0", "0")
    wanted = {("10.1.0.3", *calls), ("10.1.0.4", *calls), ("10.4.0.5", *calls), ("10.2.0.3", *plain), ("10.2.0.4", *plain)}
    wanted |= {(sender, *mark) for sender in ("10.1.0.5", "10.3.0.3", "10.4.0.4") for mark in (bulk, lowered)}
    expect_equal({(src.split(",")[1], dscp, exp) for src, dscp, exp in seen}, wanted, f"marks in {file}")
    _, *native = dissect(file, "icmp && !mpls && ip.src == 10.8.0.11", "ip.dsfield.dscp")  # the first one was sent by the agent, who had to ask for the host's MAC
    expect_equal(set(native), {"46"}, f"marks without a tunnel in {file}")


FEATURES = {"vxlan": vxlan, "logical-router": logical_router, "gatewayless": gatewayless, "fragmentation": fragmentation, "qos": qos}

with tempfile.TemporaryDirectory() as results:
    overlay = pathlib.Path(results) / "gre.json"
    overlay.write_text('{"name": "two-computes-gre", "global-vrouter-config": {"encapsulation-priorities": ["MPLSoGRE", "MPLSoUDP"]}, "expect": []}')
    smoke = ROOT / "scenarios" / "smoke" / "two-computes.tflab.json"
    run(TWO_NODES, "--results", results)
    run(smoke, "--results", results)
    run(smoke, "--results", results, "--overlay", overlay, check=7)  # only its packets count here
    for feature in FEATURES:
        run(ROOT / "scenarios" / "features" / f"{feature}.tflab.json", "--on", "sim,netns", "--results", results)
    for host in ("sim", "netns"):
        features = {f: pathlib.Path(results) / f / "latest" / "pcap" / host / "uplink.pcap" for f in FEATURES}
        for feature, file in features.items():
            FEATURES[feature](file)
        files = {str(f.relative_to(results)): f for f in pathlib.Path(results).glob(f"*/latest/pcap/{host}/*.pcap")}
        expect(len(files) == 5 + len(FEATURES), f"captures on {host}: {sorted(files)}")
        for name, file in files.items():
            bad = dissect(file, "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0")
            # erm-vpn is the original's own SAFI 243: tshark says it does not know it, and loses its place.
            bad = [line for line in bad if "Unknown SAFI (243)" not in line]
            expect(not bad, f"{name}: tshark complains about {bad[:5]}")
        found = {what: sum(packets(f, what) for f in files.values()) for what in ("bgp.type == 1", "bgp.type == 2", "bgp.type == 4", "tcp.port == 5269", "mpls && udp.dstport == 6635 && icmp", "mpls && gre && icmp", "icmp && !mpls")}
        for what, count in found.items():
            expect(count > 0, f"on {host} some packet is {what}: {found}")
