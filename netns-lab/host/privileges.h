#pragma once
// A daemon is root only until it has its sockets: what strangers' bytes reach afterwards is nobody.

namespace tflab::netns {

// low_ports: to listen on 179 where a new configuration says so. root: who started another program
// as root has to be root to end it.
enum class Keep { nothing, low_ports, packet_sockets, root };

// Gives up root for good, and the way back to it. Whoever is not root has nothing to give up.
void give_up_root(Keep keep);

}  // namespace tflab::netns
