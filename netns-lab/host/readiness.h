#pragma once
// The handshake with whoever started us: until we are ready we die with it (PR_SET_PDEATHSIG, set
// by the starter), and from then on we do not.

namespace tflab::netns {

// Writes a byte to the descriptor that TFLAB_READY_FD names, if it does.
void tell_ready();

}  // namespace tflab::netns
