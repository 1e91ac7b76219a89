"""A small world for interoperability: one network and process namespace that dies with the test, in it tflab-control
as route reflector and other people's BGP daemons, each on an address of its own. Everything they say is captured."""
import json, os, pathlib, shutil, signal, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROL = os.environ.get("TFLAB_CONTROL", str(ROOT / "build" / "release" / "bin" / "tflab-control"))
EXAMPLE = ROOT / "docs" / "examples" / "route-reflector.json"
SKIPPED = 77
REFLECTOR, AS = "172.16.0.1", 64512


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def expect(true, sentence):
    if not true:
        sys.exit("FAILED: " + sentence)


def until(true, sentence, seconds=60):
    """Waits for something to become so; returns what it was."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := true():
            return answer
        time.sleep(0.2)
    answer = true()
    expect(answer, f"{sentence} (waited {seconds} s)")
    return answer


def alone(*programs):
    """Goes on in namespaces of our own. The kernel takes all of it away when this process ends, however it ends."""
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/lib/frr"):
            skip(program + " is not installed")
    if os.environ.get("TFLAB_ALONE") != "yes":
        if os.geteuid() != 0:
            skip("network namespaces need root")
        os.environ["TFLAB_ALONE"] = "yes"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for command in ("mount --make-rprivate /", "mount -t tmpfs none /run", "ip link set lo up"):
        subprocess.run(command.split(), check=True)


class World:
    """with World() as world: ... A folder for configurations, a capture, and programs that are ended at the end."""

    def __init__(self, addresses=True):
        self.addresses = addresses
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tflab-interop-"))
        self.programs = []

    def __enter__(self):
        self.folder.chmod(0o755)
        for n in range(1, 10) if self.addresses else ():
            subprocess.run(["ip", "addr", "add", f"172.16.0.{n}/32", "dev", "lo"], check=True)
        self.capture = self.folder / "bgp.pcap"
        self.tcpdump = self.start("tcpdump", "-i", "lo", "-U", "--immediate-mode", "-s", "0", "-B", "8192", "-w", self.capture, "tcp port 179")
        until(lambda: self.capture.exists() and self.capture.stat().st_size >= 24, "tcpdump captures")
        return self

    def __exit__(self, kind, *_):
        for program in reversed(self.programs):
            self.end(program)
        if kind is not None:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}\n" + log.read_text(errors="replace")[-3000:], file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def start(self, *words, **more):
        name = pathlib.Path(str(words[0])).name
        log = open(self.folder / f"{name}-{len(self.programs)}.log", "w")
        program = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **more)
        self.programs.append(program)
        return program

    def end(self, program, how=signal.SIGTERM, seconds=5):
        """Returns its exit code; one that does not want to is killed (gobgpd when busy)."""
        if program.poll() is None:
            os.killpg(program.pid, how)
            try:
                program.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
        return program.wait()

    def told(self, display):
        """A line for each captured packet that the filter shows."""
        return [line for line in subprocess.run(
            ["tshark", "-n", "-r", str(self.capture), "-Y", display, "-T", "fields", "-e", "frame.number", "-e", "ip.src", "-e", "_ws.expert.message", "-e", "_ws.col.Info"],
            capture_output=True, text=True, check=True).stdout.splitlines() if line]

    def check_refreshed(self, who):
        """It asked for all routes (RFC 2918), and was told where they begin and end (RFC 7313)."""
        expect(self.told(f"bgp.type == 5 && ip.src == {who}"), f"{who} asked for a refresh")
        marks = self.told(f"bgp.type == 5 && ip.src == {REFLECTOR} && ip.dst == {who}")
        expect("".join(marks).count("ROUTE-REFRESH") >= 2, f"the answer to {who} has a beginning and an end: {marks}")

    def check_capture(self):
        """tshark understands every BGP message, ours above all, and has nothing to complain about."""
        self.end(self.tcpdump, signal.SIGINT)
        bad = "_ws.malformed || (bgp && _ws.expert.severity >= 0x600000 && _ws.expert.group != 0x02000000)"
        ours = self.told(f"bgp && ip.src == {REFLECTOR}")
        expect(len(ours) > 2, f"the capture holds messages of ours: {len(ours)}")
        complaints = self.told(bad)
        expect(not complaints, "tshark complains:\n" + "\n".join(complaints[:10]))
        print(f"tshark: {len(ours)} packets of ours with BGP messages, {len(self.told('bgp'))} of all, nothing malformed")


class Reflector:
    """tflab-control with the documented example."""

    def __init__(self, world, config=EXAMPLE, under=()):
        self.world, self.config, self.under = world, config, under
        self.start()

    def start(self):
        self.program = self.world.start(*self.under, CONTROL, "--config", self.config)
        until(lambda: self.program.poll() is not None or self.page("ShowRouteSummaryReq"), "tflab-control answers", 20)
        expect(self.program.poll() is None, "tflab-control runs")

    def stop(self):
        expect(self.world.end(self.program) == 0, "tflab-control ends with exit code 0 on SIGTERM")

    def kill(self):
        self.world.end(self.program, signal.SIGKILL)

    def log(self):
        return "".join(file.read_text() for file in self.world.folder.glob(pathlib.Path(CONTROL).name + "-*.log"))

    def reload(self):
        self.program.send_signal(signal.SIGHUP)

    def page(self, name, query=""):
        import xml.etree.ElementTree as tree
        try:
            return tree.fromstring(urllib.request.urlopen(f"http://127.0.0.1:8083/Snh_{name}?{query}", timeout=5).read())
        except OSError:
            return None

    def neighbors(self):
        """address: (state, flaps)"""
        rows = self.page("BgpNeighborReq").iter("BgpNeighborResp")
        return {row.findtext("peer_address"): (row.findtext("state"), int(row.findtext("flap_count"))) for row in rows}

    def up(self, *addresses):
        return all(self.neighbors().get(address, ("",))[0] == "Established" for address in addresses)

    def routes(self, table):
        """prefix: sources of its paths"""
        return {route.findtext("prefix"): [path.findtext("source") for path in route.iter("ShowRoutePath")]
                for route in self.page("ShowRouteReq", "routing_table=" + table).iter("ShowRoute")}


class Gobgp:
    """gobgpd 3.10: the one with every family we have."""
    FAMILIES = ("ipv4-unicast", "l3vpn-ipv4-unicast", "l3vpn-ipv6-unicast", "l2vpn-evpn", "ipv4-labelled-unicast", "rtc")

    def __init__(self, world, n, families=FAMILIES, reflector=REFLECTOR, restart_time=None):
        self.world, self.address, self.api = world, f"172.16.0.{n}", str(20050 + n)  # below those that the kernel gives away
        self.more = ["-r"] if restart_time else []  # only then does it say that it goes on forwarding
        text = f"""[global.config]
  as = {AS}
  router-id = "{self.address}"
  port = 179
  local-address-list = ["{self.address}"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{reflector}"
    peer-as = {AS}
  [neighbors.timers.config]
    connect-retry = 5
  [neighbors.transport.config]
    local-address = "{self.address}"
"""
        if restart_time:
            text += f"  [neighbors.graceful-restart.config]\n    enabled = true\n    restart-time = {restart_time}\n"
        for family in families:
            text += f'  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "{family}"\n'
            if restart_time:
                text += "    [neighbors.afi-safis.mp-graceful-restart.config]\n      enabled = true\n"
        self.config = world.write(f"gobgpd-{n}.toml", text)
        self.start()

    def start(self):
        self.program = self.world.start("gobgpd", "-f", self.config, "-t", "toml", "--api-hosts", "127.0.0.1:" + self.api, "--pprof-disable", "-l", "info", *self.more)
        until(lambda: subprocess.run(["gobgp", "-p", self.api, "global"], capture_output=True).returncode == 0, "gobgpd answers", 20)

    def stop(self, how=signal.SIGTERM):
        self.world.end(self.program, how)

    def run(self, words):
        done = subprocess.run(["gobgp", "-p", self.api, *words.split()], capture_output=True, text=True)
        expect(done.returncode == 0 and "Error" not in done.stderr, f"gobgp {words}: {done.stdout} {done.stderr}")
        return done.stdout

    def add(self, family, words):
        self.run(f"global rib add -a {family} {words}")

    def remove(self, family, words):
        self.run(f"global rib del -a {family} {words}")

    def paths(self, family):
        """Those heard from the reflector: NLRI as text to its paths' attributes."""
        out = {}
        for name, paths in json.loads(self.run(f"global rib -a {family} -j") or "{}").items():
            heard = [path for path in paths if path.get("source-id") or path.get("neighbor-ip", "invalid") not in ("<nil>", "invalid IP", "invalid")]
            if heard:
                out[name] = heard
        return out


class Frr:
    """bgpd of FRR 8.4, alone: no zebra."""

    def __init__(self, world, n, families, router="", maps="", first=""):
        self.world, self.address = world, f"172.16.0.{n}"
        text = f"""hostname frr
{maps}
router bgp {AS}
 bgp router-id {self.address}
 no bgp default ipv4-unicast
{first} neighbor {REFLECTOR} remote-as {AS}
 neighbor {REFLECTOR} update-source {self.address}
 neighbor {REFLECTOR} timers connect 3
{router}"""
        for family, lines in families.items():
            text += f" address-family {family}\n  neighbor {REFLECTOR} activate\n"
            text += "".join(f"  {line}\n" for line in lines) + " exit-address-family\n"
        self.folder = world.folder / "frr"
        self.folder.mkdir(exist_ok=True)
        self.config = self.folder / "bgpd.conf"
        self.config.write_text(text + "exit\n")
        self.start()

    def start(self):
        self.program = self.world.start("/usr/lib/frr/bgpd", "-Z", "-n", "-S", "-f", self.config, "-i", self.folder / "bgpd.pid", "--vty_socket", self.folder, "-P", "0", "-l", self.address, "--log", "stdout")
        until(lambda: (self.folder / "bgpd.vty").exists(), "bgpd answers", 20)

    def stop(self, how=signal.SIGTERM):
        self.world.end(self.program, how)

    def vtysh(self, *commands):
        words = [part for command in commands for part in ("-c", command)]
        return subprocess.run(["vtysh", "--vty_socket", str(self.folder), *words], capture_output=True, text=True).stdout

    def configure(self, *lines):
        self.vtysh("configure terminal", f"router bgp {AS}", *lines)


class Bird:
    """BIRD 2.0 as a client for VPN routes."""

    def __init__(self, world, n, routes="", channels="", bgp=""):
        self.world, self.address = world, f"172.16.0.{n}"
        self.control = world.folder / "bird.ctl"
        self.config = world.write("bird.conf", f"""router id {self.address};
protocol device {{}}
ipv4 table igp4;
protocol static underlay {{ ipv4 {{ table igp4; }}; route 172.16.0.0/12 via "lo"; }}
vpn4 table vpntab4;
{routes}
protocol bgp reflector {{
  local {self.address} as {AS};
  neighbor {REFLECTOR} as {AS};
  strict bind yes; multihop; connect retry time 3; connect delay time 1; error wait time 1, 3;
  {bgp}
  vpn4 mpls {{ table vpntab4; igp table igp4; import all; export all; }};
  {channels}
}}
""")
        self.start()

    def start(self):
        self.program = self.world.start("bird", "-f", "-c", self.config, "-s", self.control, "-P", self.world.folder / "bird.pid")
        until(self.control.exists, "bird answers", 20)

    def stop(self, how=signal.SIGTERM):
        self.world.end(self.program, how)

    def ask(self, words):
        return subprocess.run(["birdc", "-s", str(self.control), *words.split()], capture_output=True, text=True).stdout


class Plain:
    """A BGP speaker of a few lines, for what no daemon would do: not read, lie about distance, come from nowhere."""
    VPN = bytes([2, 6, 1, 4, 0, 1, 0, 128])  # the capability for VPNv4

    def __init__(self, address, ttl=None, least_ttl=None, receive_buffer=None, key=None):
        import socket
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if ttl:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        if least_ttl:
            self.socket.setsockopt(socket.IPPROTO_IP, 21, least_ttl)  # IP_MINTTL
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if key:
            import struct
            to = struct.pack("=HH4s120s", socket.AF_INET, 0, socket.inet_aton(REFLECTOR), b"")
            self.socket.setsockopt(socket.IPPROTO_TCP, 14, to + struct.pack("=BBHi80s", 0, 0, len(key), 0, key.encode()))
        self.socket.settimeout(3)
        self.socket.bind((address, 0))
        self.taken = b""

    @staticmethod
    def message(kind, body=b""):
        return b"\xff" * 16 + (19 + len(body)).to_bytes(2, "big") + bytes([kind]) + body

    def connect(self):
        self.socket.connect((REFLECTOR, 179))
        return self

    def talk(self, hold=90):
        """OPEN and KEEPALIVE; False when the other side does not want to."""
        import socket
        identifier = socket.inet_aton(self.address)
        try:
            self.socket.sendall(self.message(1, bytes([4]) + AS.to_bytes(2, "big") + hold.to_bytes(2, "big") + identifier + bytes([8]) + self.VPN))
            if self.receive()[0] != 1:
                return False
            self.socket.sendall(self.message(4))
            return self.receive()[0] == 4
        except (OSError, EOFError):
            return False

    def receive(self):
        """type, body"""
        while len(self.taken) < 19 or len(self.taken) < int.from_bytes(self.taken[16:18], "big"):
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.taken += more
        size = int.from_bytes(self.taken[16:18], "big")
        message, self.taken = self.taken[:size], self.taken[size:]
        return message[18], message[19:]

    def keepalive(self):
        self.socket.sendall(self.message(4))

    def announce(self, first, count, padding=0):
        """VPNv4 host routes, one in each UPDATE, each with communities of its own: nothing can be packed."""
        import socket
        out = []
        for n in range(first, first + count):
            nlri = bytes([24 + 64 + 32]) + (16 << 4 | 1).to_bytes(3, "big") + bytes([0, 1]) + socket.inet_aton(self.address) + bytes([0, 1]) + (0x0a000000 + n).to_bytes(4, "big")
            reach = bytes([0, 1, 128, 12]) + bytes(8) + socket.inet_aton(self.address) + bytes([0]) + nlri
            communities = b"".join((n * 0x10000 + i).to_bytes(4, "big") for i in range(padding))
            attributes = bytes([0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100])
            if padding:
                attributes += bytes([0xd0, 8]) + len(communities).to_bytes(2, "big") + communities
            attributes += bytes([0xc0, 16, 8, 0, 2]) + AS.to_bytes(2, "big") + (1).to_bytes(4, "big") + bytes([0x90, 14]) + len(reach).to_bytes(2, "big") + reach
            out.append(self.message(2, bytes(2) + len(attributes).to_bytes(2, "big") + attributes))
        self.socket.sendall(b"".join(out))

    def close(self):
        self.socket.close()


class Agent:
    """An XMPP agent of a few lines: it subscribes, publishes host routes and may not read."""
    CONTROL = "network-control@contrailsystems.com"

    def __init__(self, name, address, receive_buffer=None):
        import socket
        self.name, self.address = name, address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.bind((address, 0))

    def connect(self, instance):
        self.socket.connect((REFLECTOR, 5269))
        self.socket.sendall(f"<?xml version='1.0'?><stream:stream from='{self.name}' to='{self.CONTROL}' version='1.0' xml:lang='en' xmlns='' "
                            "xmlns:stream='http://etherx.jabber.org/streams'>".encode())
        expect(b"<stream:stream" in self.socket.recv(4096), f"{self.name} is welcome")
        self.say(f"<subscribe node='{instance}'><options><instance-id>1</instance-id></options></subscribe>")
        return self

    def iq(self, content):
        return f"<iq type='set' from='{self.name}' to='{self.CONTROL}/bgp-peer' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>{content}</pubsub></iq>"

    def say(self, content):
        self.socket.sendall(self.iq(content).encode())

    def keepalive(self):
        self.socket.sendall(b" ")

    def publish(self, instance, prefixes, label):
        out = []
        for prefix in prefixes:
            item = f"1/1/{instance}/{prefix}"
            out.append(self.iq(f"<publish node='{item}'><item><entry><nlri><af>1</af><safi>1</safi><address>{prefix}</address></nlri><next-hops><next-hop>"
                               f"<af>1</af><address>{self.address}</address><label>{label}</label><tunnel-encapsulation-list><tunnel-encapsulation>udp"
                               "</tunnel-encapsulation></tunnel-encapsulation-list></next-hop></next-hops><version>1</version>"
                               "<sequence-number>0</sequence-number><local-preference>200</local-preference></entry></item></publish>"))
            out.append(self.iq(f"<collection node='{instance}'><associate node='{item}'/></collection>"))
        self.socket.sendall("".join(out).encode())

    def close(self):
        self.socket.close()
