#!/usr/bin/python3
"""What is kept of a run can be used: report.html stands alone, diff finds what differs, graph draws the scenario."""
import html.parser, tempfile, xml.etree.ElementTree as ET
from lab import *

SMOKE = ROOT / "scenarios" / "smoke" / "two-computes.tflab.json"
FEATURE = ROOT / "scenarios" / "features" / "rt-filter-ebgp-router.tflab.json"


class References(html.parser.HTMLParser):
    """Whatever a browser would fetch, run, or follow out of the folder."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "link", "iframe", "img", "object", "embed"):
            self.found.append(tag)
        self.found += [f"{tag} {name}={value}" for name, value in attributes
                       if name in ("src", "href", "style") or (name.startswith("on") and name != "on")]


with tempfile.TemporaryDirectory() as results:
    def folder(*words):
        return pathlib.Path(run(SMOKE, "--on", "sim", "--results", results, *words, check=None)["folder"])

    one, two = folder(), folder()
    text = (one / "report.html").read_text()
    page = ET.fromstring(text)  # well-formed to the last tag
    references = References()
    references.feed(text)
    expect_equal(references.found, [], "report.html refers to nothing")
    expect("@import" not in text and "url(" not in text, "nor do its styles")
    svg = "{http://www.w3.org/2000/svg}"
    drawings = page.findall(f".//{svg}svg")
    expect_equal(len(drawings) >= 3, True, "topology, timeline, distributions")
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    expect_equal(len(ids), len(set(ids)), "every id is given once")
    for drawing in drawings:
        expect(all((drawing.findtext(svg + word) or "").strip() for word in ("title", "desc")), "every drawing says in words what it shows")
        expect(set(drawing.get("aria-labelledby").split()) <= set(ids), "and is labelled by them")
    for word in ("compute1", "Provenance", json.loads((one / "run.json").read_text())["digest"]["sim"]):
        expect(word in text, f"report.html tells {word}")

    same = tflab("diff", one, two, check=0)
    expect_equal(same.stdout, "the same\n", "a run again is the same")
    expect("tables (control nodes: 2)" in same.stderr, f"tables were compared: {same.stderr}")
    expect_equal(json.loads(tflab("diff", one, two, "-f", "json", check=0).stdout), [], "nothing in JSON is an empty list")
    other = folder("--set", '/global-vrouter-config/encapsulation-priorities=["MPLSoGRE"]')  # where some expectations fail
    found = json.loads(tflab("diff", one, other, "-f", "json", check=1).stdout)
    expect({"tables", "expectations"} <= {row["part"] for row in found}, f"another encapsulation differs: {found}")
    tflab("diff", one, results, check=2)
    tflab("diff", one, check=2)

    # One name for a control node and a vRouter: both keep their pages.
    twins = pathlib.Path(results) / "twins.tflab.json"
    twins.write_text(json.dumps({
        "tflab": 1, "name": "twins", "bgp-routers": {"twin": {"router-type": "control-node", "address": "192.0.2.1"}},
        "virtual-routers": {"twin": {"virtual-router-ip-address": "192.0.2.11"}}, "virtual-networks": {"red": {"subnets": ["10.1.0.0/24"]}},
        "virtual-machines": {"vm": {"virtual-router": "twin", "interfaces": {"eth0": {"virtual-network": "red"}}}},
        "expect": [{"id": "up", "within": "30s", "invariant": "all-sessions-up"}]}))
    kept = run(twins, "--on", "sim", "--results", results)["folder"]
    expect("bgp.l3vpn.0" in tflab("show", "route", "summary", "--run", kept, check=0).stdout, "the control node's pages are kept")
    expect("red:red" in tflab("show", "vrf", "--run", kept, check=0).stdout, "and the vRouter's")

    for kind, wanted in {"topology": " -- \"underlay underlay\"", "bgp": "style=dashed", "rt": "\"route-target target:64512:100\" -- \"bgp-router mx1\""}.items():
        expect(wanted in tflab("graph", FEATURE, "--type", kind, check=0).stdout, f"graph --type {kind} draws {wanted}")
        drawn = json.loads(tflab("graph", FEATURE, "--type", kind, "-f", "json", check=0).stdout)
        known = {node["id"] for node in drawn["nodes"]}
        expect({edge["from"] for edge in drawn["edges"]} | {edge["to"] for edge in drawn["edges"]} <= known, "edges join nodes that are there")
    tflab("graph", FEATURE, "--type", "weather", check=2)
    tflab("graph", results + "/none.json", check=2)
