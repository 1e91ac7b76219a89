#!/usr/bin/python3
"""The deployed quick-start lab answers ist.py's requests: every XPath that tool uses finds what it
needs, and the tables are the article's, row by row (labels and times aside), before and after the
two pods. Deploying twice changes nothing, destroy leaves nothing."""
import time
from lxml import etree
from lab import *

need_root()
CONTROL = "ip-172-31-14-47"
VROUTER = "ip-172-31-41-236.ap-northeast-1.compute.internal"
GOLDEN = ROOT / "tests" / "golden"
before = ours()
LAB = f"article-{os.getpid()}"


def page(node, port, request):
    done = tflab("exec", "--lab", LAB, node, "--", "curl", "-s", "--fail", f"http://127.0.0.1:{port}/Snh_{request}", check=0)
    # As ist.py does it: a str, so an XML declaration that names an encoding would be refused here.
    return etree.fromstring(done.stdout)


def child(element, name):
    found = element.find(name)
    expect(found is not None, f"{element.tag} has a {name}; ist.py dies without")
    return found.text


def routes(query=""):
    """(table, counters) and rows as ist.py reads them: SHOW_ROUTE's XPaths."""
    everything = "routing_table=&routing_instance=&prefix=&longer_match=&shorter_match=&count=&start_routing_table=" \
                 "&start_routing_instance=&start_prefix=&source=&protocol=&family="
    root = page(CONTROL, 8083, "ShowRouteReq?" + (query or everything))
    headers, rows = [], []
    for table in root.xpath("//ShowRouteTable"):
        name = child(table, "routing_table_name")
        headers.append([name] + [child(table, c) for c in ("prefixes", "paths", "primary_paths", "secondary_paths", "infeasible_paths")])
        for route in table.xpath(".//ShowRoute"):
            prefix = child(route, "prefix")
            child(route, "last_modified")
            for path in route.xpath(".//ShowRoutePath"):
                for needed in ("last_modified", "as_path", "origin_vn", "primary_table", "sequence_no", "flags"):
                    child(path, needed)
                encap = [e.text for e in path.xpath("tunnel_encap/list/element")]
                path.xpath("origin_vn_path/list/element"), path.xpath("communities/list/element")
                rows.append([name, prefix, child(path, "protocol"), child(path, "source") or "None", child(path, "local_preference"),
                             child(path, "next_hop"), str(encap), child(path, "label")])
    return headers, rows


def golden():
    """Our own file of the article's rows: table, prefix, protocol, source, localpref, nh, encap, label."""
    rows = []
    for line in (GOLDEN / "two-node-k8s.routes.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            rows.append(line.split("\t"))
    return rows


def without_labels(rows):
    return [row[:-1] for row in rows]


def settled():
    """The article's state has come: all agents subscribed, all routes published."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        headers, rows = routes()
        if len(rows) == len(golden()):
            return headers, rows
        time.sleep(0.2)
    sys.exit(f"FAILED: {len(golden())} routes wanted, {len(rows)} after a minute: {headers}")


try:
    tflab("deploy", TWO_NODES, "--name", LAB, check=0)
    headers, rows = settled()
    expect_equal(len(rows), 41, "rows of ctr route show")
    expect_equal(without_labels(rows), without_labels(golden()), "the article's rows")
    for row, wanted in zip(rows, golden()):
        expect((int(row[-1]) >= 16) == (int(wanted[-1]) >= 16), f"label of {row}: wanted one like {wanted[-1]}")
    expect_equal(len(headers), 11, "tables of ctr route show")

    neighbours = page(CONTROL, 8083, "BgpNeighborReq?search_string=").xpath("//BgpNeighborResp")
    expect_equal([[child(n, c) for c in ("peer", "peer_address", "peer_asn", "encoding", "peer_type", "state", "send_state", "flap_count")] for n in neighbours],
                 [[VROUTER, "172.31.41.236", "0", "XMPP", "internal", "Established", "in sync", "0"]], "ctr nei")
    expect(page(CONTROL, 8083, "BgpNeighborReq?search_string=").xpath("//BgpNeighborResp[encoding='XMPP']"), "ctr nei -t XMPP")

    summary = page(CONTROL, 8083, "ShowRouteSummaryReq?search_string=").xpath("//ShowRouteTableSummary[contains(name, 'inet.0')]")
    got = [[child(t, c) for c in ("name", "prefixes", "paths", "primary_paths", "secondary_paths", "infeasible_paths")] for t in summary]
    prefix = "default-domain:default-project:"
    k8s = "default-domain:k8s-default:k8s-default-"
    expect_equal(got, [[prefix + "__link_local__:__link_local__.inet.0", "0", "0", "0", "0", "0"],
                       [prefix + "default-virtual-network:default-virtual-network.inet.0", "0", "0", "0", "0", "0"],
                       ["inet.0", "0", "0", "0", "0", "0"],
                       [prefix + "ip-fabric:ip-fabric.inet.0", "3", "3", "1", "2", "0"],
                       [k8s + "pod-network:k8s-default-pod-network.inet.0", "3", "3", "1", "2", "0"],
                       [k8s + "service-network:k8s-default-service-network.inet.0", "3", "3", "1", "2", "0"]], "ctr route summary")

    status = page(CONTROL, 8083, "SandeshUVECacheReq?tname=NodeStatus")
    for needed in ("module_id", "state", "description"):
        expect(status.xpath(f"//ProcessStatus/{needed}"), f"ctr status: {needed}")
    expect_equal(status.xpath("//ProcessStatus/state/text()"), ["Functional"], "ctr status")

    interfaces = page(VROUTER, 8085, "ItfReq?name=&type=&uuid=&vn=&mac=&ipv4_address=").xpath("//ItfSandeshData")
    for interface in interfaces:
        for needed in ("index", "name", "active", "mac_addr", "ip_addr", "mdata_ip_addr", "vm_name", "vn_name"):
            child(interface, needed)
    expect("coredns" in str([child(i, "vm_name") for i in interfaces]), "vr intf shows coredns")
    vrfs = page(VROUTER, 8085, "VrfListReq?name=").xpath("//VrfSandeshData")
    for vrf in vrfs:
        for needed in ("name", "ucindex", "mcindex", "brindex", "evpnindex", "vxlan_id", "vn"):
            child(vrf, needed)
    expect_equal([child(v, "ucindex") for v in vrfs], ["0", "1", "2", "3"], "vr vrf")
    pod_routes = page(VROUTER, 8085, "Inet4UcRouteReq?vrf_index=2&src_ip=&prefix_len=&stale=").xpath("//RouteUcSandeshData")
    for route in pod_routes:
        child(route, "src_ip"), child(route, "src_plen")
        for path in route.xpath(".//PathSandeshData"):
            for needed in ("peer", "label", "active_label", "vxlan_id"):
                child(path, needed)
            expect(path.xpath("nh/NhSandeshData"), "vr route: a nexthop")
            expect(path.xpath("path_preference_data/PathPreferenceSandeshData/preference"), "vr route: a preference")
            nexthop = path.xpath("nh/NhSandeshData")[0]
            for needed in {"interface": ("mac", "itf"), "tunnel": ("tunnel_type", "dip", "sip"), "receive": ("itf",), "arp": ("mac", "itf")}.get(child(nexthop, "type"), ()):
                child(nexthop, needed)
    expect("10.47.255.252" in [child(r, "src_ip") for r in pod_routes], "vr route shows coredns")
    for nexthop in page(VROUTER, 8085, "NhListReq?type=&policy_enabled=").xpath("//NhSandeshData"):
        for needed in ("type", "nh_index", "policy", "vrf", "valid", "ref_count"):
            child(nexthop, needed)

    again = tflab("deploy", TWO_NODES, "--name", LAB, check=0)
    expect("nothing to change" in again.stdout, "a second deploy changes nothing: " + again.stdout)

    tflab("event", "--lab", LAB, "pods", check=0)
    deadline = time.monotonic() + 30
    wanted = {"ip-fabric": ["5", "5", "1", "4", "0"], "k8s-default-pod-network": ["5", "5", "3", "2", "0"], "k8s-default-service-network": ["5", "5", "1", "4", "0"]}
    ask = "routing_table=&routing_instance=&prefix=10.47.255.250%2F32&longer_match=&shorter_match=1&count=&start_routing_table=&start_routing_instance=&start_prefix=&source=&protocol=&family="
    while True:
        headers, rows = routes(ask)
        if {h[0].split(":")[-1].removesuffix(".inet.0"): h[1:] for h in headers} == wanted and len(rows) == 3:
            break
        expect(time.monotonic() < deadline, f"the state after the two pods: {headers} {rows}")
        time.sleep(0.2)
    for row in rows:
        expect_equal(row[1:7], ["10.47.255.250/32", "XMPP (interface)", VROUTER, "200", "172.31.41.236", "['gre', 'udp']"], "the new pod's route")
    expect_equal(len({row[-1] for row in rows}), 1, "one label in all three tables")
finally:
    tflab("destroy", LAB)
expect_equal(ours(), before, "destroy leaves nothing")
