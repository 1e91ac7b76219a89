#include "cli/pages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/options.h"
#include "control-core/introspect/xml_in.h"
#include "control-core/introspect/xml_out.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;
using introspect::Query;
using introspect::Tree;
using scenario::NodeRef;

// What is kept of each kind of node. Requests that want a VRF are asked once for each.
constexpr std::string_view control_requests[] = {
    "SandeshUVECacheReq",     "BgpNeighborReq", "ShowRouteSummaryReq", "ShowRouteReq",
    "ShowRoutingInstanceReq", "ShowRtGroupReq", "ShowRouteExplainReq"};
constexpr std::string_view vrouter_requests[] = {
    "ItfReq",        "VrfListReq",    "VnListReq",
    "NhListReq",     "MplsReq",       "AgentXmppConnectionStatusReq",
    "KInterfaceReq", "KRouteReq",     "KNHReq",
    "KMplsReq",      "KDropStatsReq", "KVrfStatsReq",
    "ShowArpCache"};

std::string key_of(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query)
    if (!value.empty()) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A run's pages: <node>.xml holds one element a page, named after the request, its query as link.
class FinishedPages : public Pages {
public:
  explicit FinishedPages(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".xml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      auto read = introspect::from_xml(read_file(file));
      if (!read) throw UsageError{file.string() + ": " + read.why()};
      const NodeRef::Kind kind = read->name == "control-node" ? NodeRef::control_node
                                 : read->name == "router"     ? NodeRef::router
                                                              : NodeRef::vrouter;
      const std::string name = read->link.empty() ? file.stem().string() : read->link;
      nodes_.emplace_back(NodeRef{kind, name}, std::move(*read));
    }
  }
  std::vector<NodeRef> nodes() const override {
    std::vector<NodeRef> refs;
    for (const auto& [ref, pages] : nodes_) refs.push_back(ref);
    return refs;
  }
  std::optional<Tree> page(const NodeRef& node, std::string_view request,
                           const Query& query) override {
    for (const auto& [ref, pages] : nodes_) {
      if (ref.name != node.name || ref.kind != node.kind) continue;
      for (const Tree& page : pages.children)
        if (page.name == request && page.link == key_of(query) && !page.children.empty())
          return page.children.front();
    }
    return {};
  }

private:
  std::vector<std::pair<NodeRef, Tree>> nodes_;
};

Tree kept(std::string_view request, const Query& query, Tree answer) {
  Tree page{std::string{request}, "page"};
  page.link = key_of(query);
  page.children.push_back(std::move(answer));
  return page;
}

nlohmann::ordered_json to_json(const Tree& tree) {
  using Json = nlohmann::ordered_json;
  if (tree.type == "list") {
    Json list = Json::array();
    for (const Tree& child : tree.children) list.push_back(to_json(child));
    return list;
  }
  if (tree.type == "struct" && tree.children.size() == 1 && tree.identifier != 0)
    return to_json(tree.children.front());
  if (tree.children.empty()) return tree.text;
  Json object = Json::object();
  for (const Tree& child : tree.children) object[child.name] = to_json(child);
  return object;
}

void add(Tree& all, Pages& pages, const NodeRef& node, std::string_view request,
         const Query& query) {
  if (auto answer = whole_page(pages, node, request, query))
    all.children.push_back(kept(request, query, std::move(*answer)));
}

Tree pages_of(Pages& pages, const NodeRef& node) {
  const bool control = node.kind == NodeRef::control_node, router = node.kind == NodeRef::router;
  Tree all{control ? "control-node" : router ? "router" : "virtual-router", "pages"};
  if (control || router) {
    for (auto request : control_requests)
      add(all, pages, node, request,
          request == "SandeshUVECacheReq" ? Query{{"tname", "NodeStatus"}} : Query{});
    return all;
  }
  for (auto request : vrouter_requests) add(all, pages, node, request, {});
  const Tree* vrfs = nullptr;
  for (const Tree& page : all.children)
    if (page.name == "VrfListReq") vrfs = &page;
  std::vector<std::string> indexes;
  if (vrfs)
    for (const Tree* vrf : introspect::all(*vrfs, "VrfSandeshData"))
      indexes.emplace_back(introspect::text_of(*vrf, "ucindex"));
  for (const auto& index : indexes)
    add(all, pages, node, "Inet4UcRouteReq", {{"vrf_index", index}});
  return all;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out{path, std::ios::binary};
  out << text;
  if (!out.flush()) throw EnvironmentError{"cannot write " + path.string()};
}

}  // namespace

std::unique_ptr<Pages> finished_pages(const std::string& tables_folder) {
  if (!fs::is_directory(tables_folder))
    throw UsageError{"no tables of a finished run in " + tables_folder};
  return std::make_unique<FinishedPages>(tables_folder);
}

std::optional<Tree> whole_page(Pages& pages, const NodeRef& node, std::string_view request,
                               const Query& query) {
  auto first = pages.page(node, request, query);
  if (!first || request != "ShowRouteReq") return first;
  auto list_in = [](Tree& page) -> Tree* {
    for (Tree& field : page.children)
      if (field.name == "tables") return &field;
    return nullptr;
  };
  Tree* tables = list_in(*first);
  std::string next{introspect::text_of(*first, "next_batch")};
  while (tables && !next.empty()) {
    auto batch = pages.page(node, "ShowRouteReqIterate", {{"route_info", next}});
    Tree* more = batch ? list_in(*batch) : nullptr;
    if (!more) break;
    for (Tree& table : more->children) tables->children.push_back(std::move(table));
    next = introspect::text_of(*batch, "next_batch");
  }
  return first;
}

void write_pages(Pages& pages, const std::string& folder) {
  fs::create_directories(folder);
  std::set<std::string> written;
  for (const NodeRef& node : pages.nodes()) {
    if (node.kind == NodeRef::machine || node.kind == NodeRef::host) continue;
    Tree all = pages_of(pages, node);
    // A vRouter and a control node may have one name.
    std::string file = node.name;
    if (!written.insert(file).second) {
      file += '.' + all.name;
      all.link = node.name;
    }
    write_file(fs::path{folder} / (file + ".xml"), introspect::to_xml(all));
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Tree& page : all.children)
      json.push_back({{"request", page.name},
                      {"query", page.link},
                      {"answer", to_json(page.children.front())}});
    write_file(fs::path{folder} / (file + ".json"), json.dump(1) + "\n");
  }
}

}  // namespace tflab::cli
