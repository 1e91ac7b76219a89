#pragma once
// The programs of a lab: one executable with a name for each (programs.cc). Nearly all of each is
// what they share, which so is linked, loaded, and unpacked by VMs, once.

namespace tflab {

int control_program(int argc, char** argv);
int vrouter_program(int argc, char** argv);
int gobgp_program(int argc, char** argv);
int echo_program(int argc, char** argv);
int guest_program(int argc, char** argv);
int kbench_program(int argc, char** argv);

}  // namespace tflab
