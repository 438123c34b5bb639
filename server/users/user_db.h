#pragma once

#include "common/base/result.h"
#include "server/users/user_table.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::users {

/// Why the users of a domain could not be changed; the file is as it was.
struct UserDbError {
    enum class Kind {
        Exists,   ///< add: there is one of this name
        Unknown,  ///< remove, setHash, setRight: there is none
        BadName,
        BadRight,  ///< setRight: there is none of this name, or it cannot have this value
        Failed,    ///< the file is broken, or the disk refuses
    };
    Kind kind = Kind::Failed;
    std::string reason;  ///< a sentence
};

/// The `users` file of one domain.
///
/// Every change rewrites the file as a whole (common/base/text_file.h) under a lock on its folder,
/// and keeps comments, order, other lines and Dovecot's fields. A reader sees the old or the new
/// file. One object is for one thread; processes and threads with objects of their own may meet.
class UserDb {
public:
    /// `name` is how messages call the file. Neither file nor folder need exist for reading.
    UserDb(std::filesystem::path file, std::string name)
        : file_(std::move(file)), name_(std::move(name)) {}

    /// A missing file has no users.
    [[nodiscard]] Result<UserTable, config::ConfigProblems> read() const;

    /// The folder must exist. `hash` holds no colon: what auth::hashPassword gave.
    Result<Done, UserDbError> add(std::string_view name, std::string_view hash) const;
    Result<Done, UserDbError> remove(std::string_view name) const;
    Result<Done, UserDbError> setHash(std::string_view name, std::string_view hash) const;
    /// As users::setRight; an empty value means the default.
    Result<Done, UserDbError> setRight(std::string_view name, std::string_view right,
                                       std::string_view value) const;

private:
    /// Given the lines and which of them is the user's (or the end), makes the new lines.
    using Lines = std::vector<std::string>;
    enum class Wanted { Present, Absent };
    Result<Done, UserDbError> rewrite(
        std::string_view name, Wanted wanted,
        const std::function<void(Lines&, Lines::iterator, const std::string&)>& edit) const;

    std::filesystem::path file_;
    std::string name_;
};

}  // namespace postrider::users
