#pragma once

#include "common/base/result.h"
#include "server/config/load.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postrider::app {

/// The account the server runs as after it has bound its ports.
class Privileges {
public:
    /// When started as root: looks the user up. Error: no such account, with the fix. As anybody
    /// else: keeps what we are.
    static Result<Privileges, std::string> prepare(const std::string& user);

    /// For the account that a configuration names. Without one its complaint is added to the
    /// reading's; nothing is told about an account that nobody can know.
    static std::optional<Privileges> prepare(config::Reading& reading);

    /// True when there is something to give up.
    [[nodiscard]] bool mustDrop() const noexcept { return mustDrop_; }
    /// Makes the folder (0750) when missing and gives it to the account. Error: its name and the
    /// system's reason.
    [[nodiscard]] Result<Done, std::string> provideFolder(
        const std::filesystem::path& folder) const;
    /// Groups, gid, uid, for good; keeps no capability. Throws std::system_error. Before any thread
    /// is started.
    void drop() const;

private:
    Privileges() = default;
    bool mustDrop_ = false;
    unsigned uid_ = 0;
    unsigned gid_ = 0;
    std::string name_;
};

}  // namespace postrider::app
