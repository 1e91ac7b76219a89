// Runs the lab tests where labs can stand, and says why where they cannot.
#include <gtest/gtest.h>

#include <iostream>

#include "netns-lab/netns_lab.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const std::string& lack : tflab::netns::missing()) {
    std::cout << "skipped: " << lack << std::endl;
    return 77;
  }
  return RUN_ALL_TESTS();
}
