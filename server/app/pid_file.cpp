#include "server/app/pid_file.h"

#include "server/app/configuration_refused.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::app {

PidFile::PidFile(std::filesystem::path file) : file_(std::move(file)) {
    if (file_.empty()) return;
    std::ofstream out(file_, std::ios::trunc);
    out << ::getpid() << '\n' << std::flush;
    if (!out) {
        throw ConfigurationRefused("--pidfile " + file_.string() + ": " +
                                   std::generic_category().message(errno));
    }
}

PidFile::~PidFile() {
    remove();
}

void PidFile::remove() const noexcept {
    std::error_code ignored;
    if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

}  // namespace postrider::app
