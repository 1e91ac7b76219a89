#pragma once
// Inputs and outputs of nodes as JSON: {"t": 7, "in": "bytes", "stream": 3, "data": "ffff"}.

#include "control-core/agent/recorder.h"
#include "control-core/node/recorder.h"
#include "recording/config_fields.h"
#include "recording/op_fields.h"

namespace tflab::recording {

// clang-format off
template <> struct Fields<Started> { static constexpr auto name = "start"; static constexpr std::tuple<> list{}; };
template <> struct Fields<Stopped> { static constexpr auto name = "stop"; static constexpr std::tuple<> list{}; };
template <> struct Fields<TimerDue> { static constexpr auto name = "timer"; static constexpr std::tuple<> list{}; };
template <> struct Fields<Accepted> {
  static constexpr auto name = "accepted";
  static constexpr std::tuple list{Key{"local", &Accepted::local}, Key{"remote", &Accepted::remote},
                                   Key{"stream", &Accepted::stream}};
};
template <> struct Fields<Opened> {
  static constexpr auto name = "opened";
  static constexpr std::tuple list{Key{"stream", &Opened::stream}, Key{"local", &Opened::local}};
};
template <> struct Fields<Arrived> {
  static constexpr auto name = "bytes";
  static constexpr std::tuple list{Key{"stream", &Arrived::stream}, Key{"data", &Arrived::bytes}};
};
template <> struct Fields<Closed> {
  static constexpr auto name = "closed";
  static constexpr std::tuple list{Key{"stream", &Closed::stream}};
};
template <> struct Fields<Blocked> {
  static constexpr auto name = "blocked";
  static constexpr std::tuple list{Key{"stream", &Blocked::stream}};
};
template <> struct Fields<Writable> {
  static constexpr auto name = "writable";
  static constexpr std::tuple list{Key{"stream", &Writable::stream}};
};
template <> struct Fields<node::Configured> {
  static constexpr auto name = "configure";
  static constexpr std::tuple list{Key{"configuration", &node::Configured::next}};
};
template <> struct Fields<agent::Configured> {
  static constexpr auto name = "configure";
  static constexpr std::tuple list{Key{"configuration", &agent::Configured::next}};
};
template <> struct Fields<agent::Trapped> {
  using T = agent::Trapped;
  static constexpr auto name = "trap";
  static constexpr std::tuple list{Key{"why", &T::why}, Key{"vif", &T::vif}, Key{"vrf", &T::vrf},
                                   Key{"frame", &T::frame}};
};
template <> struct Fields<agent::Refused> {
  static constexpr auto name = "refused";
  static constexpr std::tuple list{Key{"op", &agent::Refused::op}, Key{"why", &agent::Refused::why}};
};

template <> struct Fields<agent::Aged> {
  static constexpr auto name = "aged";
  static constexpr std::tuple list{Key{"flows", &agent::Aged::flows}};
};

template <> struct Fields<OpenStream> {
  static constexpr auto name = "open";
  static constexpr std::tuple list{Key{"stream", &OpenStream::stream}, Key{"from", &OpenStream::from},
                                   Key{"to", &OpenStream::to}};
};
template <> struct Fields<WriteStream> {
  static constexpr auto name = "write";
  static constexpr std::tuple list{Key{"stream", &WriteStream::stream}, Key{"data", &WriteStream::bytes}};
};
template <> struct Fields<CloseStream> {
  static constexpr auto name = "close";
  static constexpr std::tuple list{Key{"stream", &CloseStream::stream}};
};
template <> struct Fields<agent::Program> {
  static constexpr auto name = "program";
  static constexpr std::tuple list{Key{"op", &agent::Program::op}};
};
template <> struct Fields<agent::Attach> {
  static constexpr auto name = "attach";
  static constexpr std::tuple list{Key{"vif", &agent::Attach::vif}, Key{"port", &agent::Attach::port}};
};
template <> struct Fields<agent::Detach> {
  static constexpr auto name = "detach";
  static constexpr std::tuple list{Key{"vif", &agent::Detach::vif}};
};
template <> struct Fields<agent::Transmit> {
  static constexpr auto name = "transmit";
  static constexpr std::tuple list{Key{"vif", &agent::Transmit::vif}, Key{"frame", &agent::Transmit::frame}};
};
template <> struct Fields<agent::Reinject> {
  static constexpr auto name = "reinject";
  static constexpr std::tuple list{Key{"vif", &agent::Reinject::vif}, Key{"frame", &agent::Reinject::frame}};
};
template <> struct Fields<agent::Sweep> { static constexpr auto name = "sweep"; static constexpr std::tuple<> list{}; };
// clang-format on

}  // namespace tflab::recording
