#include "server/app/privileges.h"

#include <array>
#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace postrider::app {

namespace {

void require(int result, const char* what) {
    if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Result<Privileges, std::string> Privileges::prepare(const std::string& user) {
    Privileges privileges;
    if (::geteuid() != 0 || user == "root") return privileges;
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) {
        return Unexpected{"'" + user + "': there is no such account; make it with: adduser " +
                          "--system --group --no-create-home " + user};
    }
    privileges.mustDrop_ = true;
    privileges.uid_ = entry.pw_uid;
    privileges.gid_ = entry.pw_gid;
    privileges.name_ = user;
    return privileges;
}

std::optional<Privileges> Privileges::prepare(config::Reading& reading) {
    if (reading.doubtful.contains("user")) return std::nullopt;
    auto privileges = prepare(reading.config.user);
    if (privileges) return *std::move(privileges);
    reading.problems.push_back(config::complaintAbout(reading.config, "user", privileges.error()));
    return std::nullopt;
}

Result<Done, std::string> Privileges::provideFolder(const std::filesystem::path& folder) const {
    std::error_code error;
    const bool made = std::filesystem::create_directories(folder, error);
    const auto failed = [&folder](const std::error_code& why) {
        return Unexpected{folder.string() + ": " + why.message()};
    };
    if (error) return failed(error);
    if ((made && ::chmod(folder.c_str(), 0750) != 0) ||
        (mustDrop_ && ::chown(folder.c_str(), uid_, gid_) != 0)) {
        return failed({errno, std::generic_category()});
    }
    return Done{};
}

void Privileges::drop() const {
    if (!mustDrop_) return;
    require(::initgroups(name_.c_str(), gid_), "initgroups");
    require(::setresgid(gid_, gid_, gid_), "setresgid");
    require(::setresuid(uid_, uid_, uid_), "setresuid");
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl");
}

}  // namespace postrider::app
