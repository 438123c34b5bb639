#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"

#include <string>
#include <vector>

namespace postrider::couriers {

/// What a system call said, and where: for the outcome and the log.
struct MaildirError {
    int number = 0;     ///< errno
    std::string where;  ///< "mkdir /var/mail/example.org: No space left on device"
};

/// One maildir on disk. No state between calls; several threads and processes may deliver into one
/// maildir.
class Maildir {
public:
    /// `base`: an absolute folder that the operator chose, links in it are followed; `below`: the
    /// names beneath it, opened one by one without following links. The last of them is the
    /// maildir.
    Maildir(std::string base, std::vector<std::string> below)
        : base_(std::move(base)), below_(std::move(below)) {}

    /// Writes all of `message` as tmp/TEMPORARY (mode 0600, fsync), renames it to new/NAME, syncs
    /// new/. Missing folders are made (0700). When writing failed nothing is left behind.
    /// AlreadyThere: new/NAME exists, and is synced; nothing was written. What `message` throws
    /// passes through, with nothing left behind.
    enum class Delivered { Now, AlreadyThere };
    Result<Delivered, MaildirError> deliver(const std::string& temporary, const std::string& name,
                                            mail::ContentReader& message) const;

private:
    std::string base_;
    std::vector<std::string> below_;
};

}  // namespace postrider::couriers
