// Tests of vrouter.ko, to be run as root of a machine that may be broken: kmod.py boots one for it.
#include <gmock/gmock.h>

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
