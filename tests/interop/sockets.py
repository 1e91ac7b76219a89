#!/usr/bin/python3
"""What the kernel's sockets are held to, on real ones: rows D01, D04, D05, D11, D12, F02, F11 and O03 of the fault catalogue."""
import re, socket, threading
from speakers import *

alone("bird", "birdc", "tcpdump", "tshark", "ip")


def configuration(world, **settings):
    document = json.loads(EXAMPLE.read_text())
    document["bgp-routers"]["reflector"].update(settings)
    return world.write("reflector.json", json.dumps(document))


def ranges(**terms):
    return {"172.16.0.0/12": {"route-reflector-client": True, **terms}}


def busy(pid):
    """Seconds of processor time."""
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kb(program):
    return int(next(line.split()[1] for line in open(f"/proc/{program.pid}/status") if line.startswith("VmRSS")))


def D01_unknown_address(world, reflector):
    """Closed at once, not a byte of OPEN sent, nothing kept."""
    before = memory_kb(reflector.program)
    for _ in range(500):
        stranger = Plain("192.0.2.99").connect()
        stranger.socket.sendall(Plain.message(1, bytes(10)))
        try:
            expect(stranger.socket.recv(100) == b"", "D01 a stranger is told nothing")
        except ConnectionResetError:
            pass
        stranger.close()
    expect(list(reflector.neighbors()) == [], "D01 no stranger is on the page")
    expect(memory_kb(reflector.program) < before + 2048, f"D01 no memory is kept: {before} -> {memory_kb(reflector.program)} kB")


def D04_timers_under_load(world, reflector):
    """Keepalives of a 3 s hold time come in time while every processor is busy."""
    busy = [world.start("sh", "-c", "while :; do :; done") for _ in range(2 * os.cpu_count())]
    speaker = Plain("172.16.0.7").connect()
    expect(speaker.talk(hold=3), "D04 a session with hold time 3 s is up")
    last, worst = time.monotonic(), 0
    for _ in range(12):
        kind, _ = speaker.receive()
        while kind != 4:
            kind, _ = speaker.receive()
        now = time.monotonic()
        worst, last = max(worst, now - last), now
        speaker.keepalive()
    for program in busy:
        world.end(program, signal.SIGKILL)
    expect(worst < 2, f"D04 keepalives, due every second, are not later than one more: {worst:.2f} s")
    # ... and the hold timer itself: silence ends the session, on time.
    silent = time.monotonic()
    try:
        while speaker.receive()[0] != 3:
            pass
        expect(2 < time.monotonic() - silent < 5, f"D04 the hold timer expires on time: {time.monotonic() - silent:.2f} s")
    finally:
        speaker.close()


def D05_slow_reader(world, reflector):
    """A peer that does not read costs a bounded queue, and nobody else anything."""
    slow = Plain("172.16.0.7", receive_buffer=1024).connect()
    expect(slow.talk(), "D05 the slow one is up")
    sender, reader = Plain("172.16.0.8").connect(), Plain("172.16.0.9").connect()
    expect(sender.talk() and reader.talk(), "D05 the others are up")
    before, count = memory_kb(reflector.program), 20000
    heard = []

    def listen():
        while len(heard) < count:
            kind, body = reader.receive()
            if kind == 2 and b"\x0e" in body and len(body) > 30:
                heard.append(len(body))
    reader.socket.settimeout(60)
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    for first in range(0, count, 1000):
        sender.announce(first, 1000, padding=100)
    thread.join(60)
    expect(len(heard) == count, f"D05 the reader has all {count} routes while the slow one reads none: {len(heard)}")
    grown = memory_kb(reflector.program) - before
    expect(grown < 200 * 1024, f"D05 memory stays bounded: {grown} kB more")
    expect(reflector.up(sender.address, reader.address), "D05 the others are still up")
    print(f"D05: {count} routes past a stalled peer, {grown} kB more")
    for speaker in (slow, sender, reader):
        speaker.close()


def D11_tcp_md5(world, reflector):
    """No session with a wrong key or none; one with the right key; a key changed live ends it until the other follows."""
    key = lambda text: f'password "{text}";' if text else ""
    configuration(world, **{"dynamic-neighbors": ranges(**{"md5-key": "right"})})
    reflector.reload()
    bird = Bird(world, 4, bgp=key("wrong"))
    until(lambda: "with a wrong key" in reflector.log(), "D11 a wrong key is in the log")
    time.sleep(4)
    expect(not reflector.neighbors(), "D11 no session with a wrong key")

    def rekey(text):
        bird.config.write_text(re.sub(r"password .*?;", "", bird.config.read_text()).replace("strict bind yes;", "strict bind yes; " + key(text)))
        bird.ask("configure")
    rekey("")
    time.sleep(4)
    expect(not reflector.neighbors(), "D11 no session without a key")
    expect(reflector.log().count("dropped for TCP-MD5") == 1, "D11 the log has one line a minute")
    rekey("right")
    until(lambda: reflector.up(bird.address), "D11 a session with the right key")
    configuration(world, **{"dynamic-neighbors": ranges(**{"md5-key": "changed"})})
    reflector.reload()
    until(lambda: not reflector.up(bird.address), "D11 a key changed live ends the session")
    time.sleep(4)
    expect(not reflector.up(bird.address), "D11 and keeps it down")
    rekey("changed")
    until(lambda: reflector.up(bird.address), "D11 until the other side follows")
    configuration(world)
    reflector.reload()
    until(lambda: not reflector.up(bird.address), "D11 without a key a signed peer goes")
    rekey("")
    until(lambda: reflector.up(bird.address), "D11 and comes back unsigned")
    # We dial, with a key.
    bird.stop()
    bird.control.unlink(missing_ok=True)
    configuration(world, **{"dynamic-neighbors": {}, "neighbors": {"bird": {"address": bird.address, "md5-key": "dialled"}}})
    reflector.reload()
    bird = Bird(world, 4, bgp='passive; password "dialled";')
    until(lambda: reflector.up(bird.address), "D11 a dialled session with a key")
    bird.stop()


def D12_ttl_security(world, reflector):
    """RFC 5082: from one hop with TTL 255 yes, from two hops (254) no, with a lower TTL no."""
    def allow(hops, **more):
        configuration(world, **{"listen": ["0.0.0.0"], "dynamic-neighbors": {"10.0.0.0/8": {"ttl-security": hops, "route-reflector-client": True}}, **more})
        reflector.reload()
    allow(1)
    for line in ("netns add near", "netns add far", "link add n0 type veth peer name n1 netns near", "addr add 10.0.1.1/24 dev n0", "link set n0 up",
                 "-n near addr add 10.0.1.2/24 dev n1", "-n near link set n1 up", "-n near link set lo up", "-n near route add default via 10.0.1.1",
                 "-n near link add f0 type veth peer name f1 netns far", "-n near addr add 10.0.2.1/24 dev f0", "-n near link set f0 up",
                 "-n far addr add 10.0.2.2/24 dev f1", "-n far link set f1 up", "-n far route add default via 10.0.2.1", "route add 10.0.2.0/24 via 10.0.1.2"):
        subprocess.run(["ip", *line.split()], check=True)
    subprocess.run("ip netns exec near sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'", shell=True, check=True)

    def outcome(space, python):
        words = f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'interop')!r}); from speakers import *; {python}"
        return subprocess.run(["ip", "netns", "exec", space, sys.executable, "-c", words], capture_output=True).returncode == 0

    def session(space, address, ttl):
        # It holds us to the same: a SYN-ACK must have come with TTL 255, or 254 where two hops are allowed.
        return outcome(space, f"sys.exit(0 if Plain({address!r}, ttl={ttl}, least_ttl={255 if space == 'near' else 254}).connect().talk() else 9)")

    def answered(space, address, ttl):
        """Is a SYN?"""
        return outcome(space, f"Plain({address!r}, ttl={ttl}).connect()")
    until(lambda: session("near", "10.0.1.2", 255), "D12 a neighbour with TTL 255 is a peer", 15)
    expect(not answered("near", "10.0.1.2", 254), "D12 a TTL of 254 is not even answered")
    expect(not answered("far", "10.0.2.2", 255), "D12 two hops away is too far")
    allow(2)
    until(lambda: session("far", "10.0.2.2", 255), "D12 unless two hops are allowed", 15)
    # Agents are no speakers, though they live in the same range.
    allow(1, **{"listen": ["10.0.1.1"], "address": "10.0.1.1", "xmpp-port": 5269})
    until(lambda: outcome("near", "import socket; socket.create_connection(('10.0.1.1', 5269), 3)"), "D12 an agent calls with any TTL", 15)
    expect(not answered("near", "10.0.1.2", 254), "D12 and a speaker still does not")
    configuration(world)
    reflector.reload()


def O03_out_of_descriptors(world):
    """Accepting pauses and costs nothing, who is there stays, and when others go the next one comes in."""
    subprocess.run(["ip", "route", "add", "local", "172.16.1.0/24", "dev", "lo"], check=True)
    reflector = Reflector(world, configuration(world), ("prlimit", "--nofile=24"))
    pid = reflector.program.pid
    settled = Plain("172.16.1.1").connect()
    expect(settled.talk(hold=9), "O03 the first one is up")
    crowd = [Plain(f"172.16.1.{n}").connect() for n in range(2, 42)]  # the kernel takes them, the daemon cannot
    begun = busy(pid)
    for _ in range(4):
        settled.keepalive()
        time.sleep(1)
    expect(busy(pid) - begun < 0.4, f"O03 a tenth of a processor at most: {busy(pid) - begun:.2f} s of 4")
    while settled.receive()[0] != 4:  # what it heard meanwhile, in order
        pass
    settled.keepalive()
    for each in crowd:
        each.close()
    until(lambda: Plain("172.16.1.99").connect().talk(), "O03 there is room again", 20)
    settled.keepalive()
    settled.close()
    reflector.stop()


def F02_agent_nobody_knows(world):
    """On the agents' port: a vRouter of the scenario is kept, whoever comes from elsewhere is told goodbye and closed."""
    for address in ("172.31.14.47", "172.31.41.236"):
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    program = world.start(CONTROL, "--config", ROOT / "scenarios" / "two-node-k8s.tflab.json")

    def fate(address):
        """What is said to who opens a stream, and whether it is closed within two seconds."""
        said = b""
        with socket.socket() as agent:
            agent.settimeout(2)
            agent.bind((address, 0))
            try:
                agent.connect(("172.31.14.47", 5269))
                agent.sendall(b"<?xml version='1.0'?><stream:stream from='agent' to='network-control@contrailsystems.com' version='1.0' "
                              b"xml:lang='en' xmlns='' xmlns:stream='http://etherx.jabber.org/streams'>")
                while octets := agent.recv(1000):
                    said += octets
                return said, True
            except socket.timeout:
                return said, False
            except (ConnectionRefusedError, ConnectionResetError):
                return said, True
    until(lambda: fate("172.31.41.236")[0].find(b"<stream:stream") >= 0, "F02 a vRouter of the scenario is welcome", 20)
    expect(not fate("172.31.41.236")[1], "F02 and stays")
    said, closed = fate("192.0.2.99")
    expect(closed and b"<iq" not in said, f"F02 an agent that nobody knows is closed: {said}")
    world.end(program)


def F11_agent_that_does_not_read(world):
    """100 MiB of updates for an agent whose window is 2 KiB: what waits is bounded, others get theirs, and the agent is closed."""
    red = "default-domain:default-project:red:red"
    agents = {"slow": "172.16.0.7", "source": "172.16.0.8", "reader": "172.16.0.9"}
    config = world.write("agents.json", json.dumps({
        "tflab": 1, "name": "agents", "global-system-config": {"autonomous-system": AS}, "global-vrouter-config": {"xmpp-keepalive": "5s"},
        "bgp-routers": {"cn": {"router-type": "control-node", "address": REFLECTOR}},
        "virtual-routers": {name: {"virtual-router-ip-address": address, "control-nodes": ["cn"]} for name, address in agents.items()},
        "virtual-networks": {"red": {"subnets": ["10.0.0.0/8"], "route-targets": ["target:64512:8000001"], "forwarding-mode": "l3"}}}))
    node = Reflector(world, config)
    slow, source, reader = (Agent(name, address, 2048 if name == "slow" else None).connect(red) for name, address in agents.items())
    prefixes, wanted = [f"10.1.{n // 250}.{n % 250}/32" for n in range(1000)], 100 << 20
    heard, last = [0], [b""]

    def listen():
        while octets := reader.socket.recv(1 << 20):
            heard[0] += len(octets)
            last[0] = (last[0] + octets)[-4096:]
            reader.keepalive()

    def pass_over():
        """The source hears its own routes, too: it has to read, or it is closed as well."""
        while source.socket.recv(1 << 20):
            pass
    for reading in (listen, pass_over):
        threading.Thread(target=reading, daemon=True).start()
    before, begun, label, most = memory_kb(node.program), time.monotonic(), 16, 0
    while heard[0] < wanted and time.monotonic() < begun + 60:
        label += 1
        source.publish(red, prefixes, label)
        slow.keepalive()
        most = max(most, memory_kb(node.program) - before)
    expect(heard[0] >= wanted, f"F11 the reader has {heard[0]} octets of updates")
    until(lambda: f"<label>{label}</label>".encode() in last[0], "F11 the reader has the last label", 20)
    print(f"F11: {heard[0] >> 20} MiB in {time.monotonic() - begun:.1f} s past an agent that does not read, {most} kB more at most")
    expect(most < 64 * 1024, f"F11 memory stays bounded: {most} kB more")

    def closed():
        source.keepalive()
        try:
            slow.keepalive()
        except (BrokenPipeError, ConnectionResetError):
            return True
        return False
    until(closed, "F11 who does not read for a hold time is closed", 40)
    states = {row.findtext("peer_address"): row.findtext("state") for row in node.page("BgpNeighborReq").iter("BgpNeighborResp")}
    expect(states.get(slow.address) != "Established" and states.get(reader.address) == "Established", f"F11 and nobody else: {states}")
    node.stop()


with World() as world:
    subprocess.run(["ip", "addr", "add", "192.0.2.99/32", "dev", "lo"], check=True)
    reflector = Reflector(world, configuration(world))
    for row in (D01_unknown_address, D04_timers_under_load, D05_slow_reader, D11_tcp_md5, D12_ttl_security):
        row(world, reflector)
        print("ok: " + row.__name__)
    reflector.stop()
    for row in (O03_out_of_descriptors, F02_agent_nobody_knows, F11_agent_that_does_not_read):
        row(world)
        print("ok: " + row.__name__)
