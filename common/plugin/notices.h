#pragma once

#include "common/mail/domain.h"

#include <string>

namespace postrider::plugin {
inline namespace v1 {

/// Tells people what they should know. Thread-safe; never throws, never blocks for long.
class Notices {
public:
    virtual ~Notices() = default;
    /// A message to postmaster@`domain`, one of ours. One that cannot be queued is logged and
    /// forgotten. `subject` is one line, `text` plain text in lines that end in LF; neither is
    /// trusted.
    virtual void tellPostmaster(const mail::Domain& domain, const std::string& subject,
                                const std::string& text) = 0;
};

}  // namespace v1
}  // namespace postrider::plugin
