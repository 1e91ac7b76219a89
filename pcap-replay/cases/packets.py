"""Packets and captures octet by octet, by nobody's code but this file's: what the cases of the
forwarding core send in and what they expect out."""
import ipaddress, struct


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return ipaddress.ip_address(text).packed


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def eth(dst, src, packet, type=None, vlan=None):
    """An Ethernet frame; the type follows from the packet when none is given."""
    if type is None:
        type = getattr(packet, "type", None) or (0x86DD if packet[:1] and packet[0] >> 4 == 6 else 0x0800)
    tags = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return mac(dst) + mac(src) + tags + struct.pack("!H", type) + bytes(packet)


def ip4(src, dst, upper=b"", ttl=64, tos=0, id=1, fragment=0, options=b"", protocol=None, length=None, sum=None, version=4, ihl=None):
    """`upper` is octets, or a transport that wants to know the addresses for its checksum."""
    number, payload = upper(address(src) + address(dst)) if callable(upper) else (protocol or 0, upper)
    number = protocol if protocol is not None else number
    size = 20 + len(options)
    header = bytearray(struct.pack("!BBHHHBBH", version << 4 | (size // 4 if ihl is None else ihl), tos, size + len(payload) if length is None else length,
                                   id, fragment, ttl, number, 0) + address(src) + address(dst) + options)
    header[10:12] = struct.pack("!H", checksum(bytes(header)) if sum is None else sum)
    return bytes(header) + payload


def ip6(src, dst, upper=b"", hops=64, next=None, length=None):
    number, payload = upper(address(src) + address(dst)) if callable(upper) else (next or 59, upper)
    return struct.pack("!IHBB", 6 << 28, len(payload) if length is None else length, next if next is not None else number, hops) + address(src) + address(dst) + payload


def _summed(number, segment, at, pseudo):
    value = checksum(pseudo + struct.pack("!II", len(segment), number) + segment)
    return segment[:at] + struct.pack("!H", value or 0xFFFF) + segment[at + 2:]


def udp(src, dst, payload=b"", length=None, sum=True):
    def upper(pseudo):
        segment = struct.pack("!HHHH", src, dst, 8 + len(payload) if length is None else length, 0) + payload
        return 17, _summed(17, segment, 6, pseudo) if sum else segment
    return upper


def tcp(src, dst, payload=b"", flags=0x18, seq=1, ack=1):
    def upper(pseudo):
        return 6, _summed(6, struct.pack("!HHIIHHHH", src, dst, seq, ack, 5 << 12 | flags, 8192, 0, 0) + payload, 16, pseudo)
    return upper


def echo(payload=b"0123456789", type=8, id=7, seq=1):
    def upper(_):
        body = struct.pack("!BBHHH", type, 0, 0, id, seq) + payload
        return 1, body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return upper


def icmp6(type, body=b"\0\0\0\0", code=0, sum=None):
    def upper(pseudo):
        segment = struct.pack("!BBH", type, code, 0) + body
        value = checksum(pseudo + struct.pack("!II", len(segment), 58) + segment) if sum is None else sum
        return 58, segment[:2] + struct.pack("!H", value) + segment[4:]
    return upper


def solicitation(target, source_mac=None, **more):
    option = b"" if source_mac is None else b"\x01\x01" + mac(source_mac)
    return icmp6(135, b"\0\0\0\0" + address(target) + option, **more)


def advertisement(target, target_mac, router=True):
    return icmp6(136, (b"\xc0" if router else b"\x40") + b"\0\0\0" + address(target) + b"\x02\x01" + mac(target_mac))


def arp(op, sender_mac, sender, target_mac, target, kind=b"\0\1\x08\0\6\4"):
    return kind + struct.pack("!H", op) + mac(sender_mac) + address(sender) + mac(target_mac) + address(target)


def mpls(label, packet, ttl=64, bottom=1, cls=0):
    return struct.pack("!I", label << 12 | cls << 9 | bottom << 8 | ttl) + packet


def gre(payload, protocol=0x8847, flags=0, options=b""):
    def upper(_):
        return 47, struct.pack("!HH", flags, protocol) + options + payload
    return upper


def vxlan(vni, frame, flags=0x08):
    return bytes([flags, 0, 0, 0]) + struct.pack("!I", vni << 8) + frame


# ---------------------------------------------------------------------------- captures

def _block(type, body):
    body += b"\0" * (-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", type) + length + body + length


def pcapng(packets):
    """Octets of a capture of (interface name, frame), one a millisecond."""
    file = _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    numbers = {}
    for n, (name, frame) in enumerate(packets):
        if name not in numbers:
            numbers[name] = len(numbers)
            text = name.encode()
            options = struct.pack("<HH", 2, len(text)) + text + b"\0" * (-len(text) % 4) + struct.pack("<HHI", 9, 1, 9) + struct.pack("<I", 0)
            file += _block(1, struct.pack("<HHI", 1, 0, 0) + options)
        time = n * 1_000_000
        file += _block(6, struct.pack("<IIIII", numbers[name], time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + frame)
    return file


def pcap(packets, nanoseconds=False, big=False, link=1):
    """The classic format: `packets` are (microseconds or nanoseconds, frame, original length or None)."""
    order = ">" if big else "<"
    file = struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for time, frame, original in packets:
        whole = 1_000_000_000 if nanoseconds else 1_000_000
        file += struct.pack(order + "IIII", time // whole, time % whole, len(frame), original or len(frame)) + frame
    return file
