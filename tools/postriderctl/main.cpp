#include "tools/postriderctl/cli.h"

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    postrider::ctl::SystemTerminal terminal{std::cin, std::cerr};
    const postrider::ctl::Context context{"/etc/postrider", terminal, std::cout, std::cerr};
    const std::vector<std::string> words{argv + 1, argv + argc};
    return static_cast<int>(postrider::ctl::runCommandLine(context, words));
}
