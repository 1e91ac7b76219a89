// Flows, twice: what the vrouter holds with its counters (KFlowReq), and what the agent has decided
// and why (FetchAllFlowRecords). A flow the vrouter has and the agent does not know is a fault.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "control-core/agent/pages.h"
#include "control-core/base/text.h"

namespace tflab::agent {
namespace {

using namespace introspect;

const char* action_text(vr::FlowAction action) {
  switch (action) {
    case vr::FlowAction::drop:
      return "DROP";
    case vr::FlowAction::hold:
      return "HOLD";
    case vr::FlowAction::forward:
      return "FORWARD";
    case vr::FlowAction::nat:
      return "NAT";
  }
  return "UNKNOWN";
}

std::string nat_text(std::uint16_t flags) {
  std::string text;
  if ((flags & vr::flow_snat) != 0) text = "SNAT";
  if ((flags & vr::flow_dnat) != 0) text += text.empty() ? "DNAT" : " | DNAT";
  return text;
}

using Numbers = std::map<vr::FlowKey, int>;

vr::FlowCounters counters_of(const Datapath& datapath, const vr::FlowKey& key) {
  const auto it = std::ranges::find(datapath.flows, key, &Datapath::Flow::key);
  return it == datapath.flows.end() ? vr::FlowCounters{} : it->counters;
}

std::vector<const vr::SetFlow*> flows_in(const Datapath& datapath) {
  std::vector<const vr::SetFlow*> flows;
  for (const vr::Op& op : datapath.tables)
    if (const auto* flow = std::get_if<vr::SetFlow>(&op)) flows.push_back(flow);
  return flows;
}

Tree kernel_row(const Datapath& datapath, const vr::SetFlow& flow, const Numbers& numbers) {
  const vr::FlowCounters counters = counters_of(datapath, flow.key);
  const auto reverse = numbers.find(flow.reverse);
  return struct_of(
      "KFlowInfo",
      {i32_of("index", 1, numbers.at(flow.key)),
       i32_of("rflow", 2, reverse == numbers.end() ? -1 : reverse->second),
       string_of("sip", 3, to_text(flow.key.src)), i32_of("sport", 4, flow.key.src_port),
       string_of("dip", 5, to_text(flow.key.dst)), i32_of("dport", 6, flow.key.dst_port),
       i32_of("proto", 7, flow.key.protocol), u32_of("nhid", 8, flow.key.nexthop.raw()),
       string_of("action", 9, action_text(flow.action)),
       string_of("flags", 10, nat_text(flow.flags)),
       i32_of("ecmp_index", 11, flow.ecmp_index == vr::no_ecmp_index ? -1 : flow.ecmp_index),
       u32_of("src_nhid", 12, flow.source.raw()), u64_of("packets", 13, counters.packets),
       u64_of("bytes", 14, counters.octets), u32_of("tcp_flags", 15, counters.tcp)});
}

Tree record_row(const PageContext& context, const Flows::Record& record, const vr::SetFlow& flow,
                const char* direction) {
  const vr::FlowCounters counters = counters_of(context.datapath, flow.key);
  return struct_of(
      "SandeshFlowData",
      {string_of("interface", 1, record.port), string_of("sip", 2, to_text(flow.key.src)),
       string_of("dip", 3, to_text(flow.key.dst)), i32_of("src_port", 4, flow.key.src_port),
       i32_of("dst_port", 5, flow.key.dst_port), i32_of("protocol", 6, flow.key.protocol),
       string_of("direction", 7, direction), string_of("action_str", 8, action_text(flow.action)),
       string_of("drop_reason", 9, std::string{text_of(record.setup.drop)}),
       string_of("nat", 10, nat_text(flow.flags)), u64_of("packets", 11, counters.packets),
       u64_of("bytes", 12, counters.octets)});
}

}  // namespace

// Numbered in the order of the snapshot.
Tree kernel_flows_page(const PageContext& context) {
  const auto flows = flows_in(context.datapath);
  Numbers numbers;
  for (const vr::SetFlow* flow : flows)
    numbers.emplace(flow->key, static_cast<int>(numbers.size()));
  std::vector<Tree> rows;
  for (const vr::SetFlow* flow : flows)
    rows.push_back(kernel_row(context.datapath, *flow, numbers));
  return page("KFlowResp", {list_of_structs("flow_list", 1, std::move(rows))});
}

Tree flow_records_page(const PageContext& context) {
  std::vector<Tree> rows;
  for (const auto& [key, record] : context.state.flows.records()) {
    const bool from_machine = record.way == FlowWay::from_machine;
    rows.push_back(
        record_row(context, record, record.setup.forward, from_machine ? "ingress" : "egress"));
    if (!record.setup.reverse) continue;
    rows.push_back(
        record_row(context, record, *record.setup.reverse, from_machine ? "egress" : "ingress"));
  }
  return page("FlowRecordsResp", {list_of_structs("flow_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
