#pragma once

#include "common/mail/path.h"

#include <string_view>

/// Addresses from literals that are right. Throws std::bad_variant_access when one is not.
namespace postrider::test {

inline mail::Mailbox mailbox(std::string_view text) {
    return mail::Mailbox::parse(text).value();
}
inline mail::ForwardPath forwardPath(std::string_view text) {
    return mail::ForwardPath{mailbox(text)};
}
/// Empty: the null reverse-path.
inline mail::ReversePath reversePath(std::string_view text) {
    return text.empty() ? mail::ReversePath{} : mail::ReversePath{mailbox(text)};
}

}  // namespace postrider::test
