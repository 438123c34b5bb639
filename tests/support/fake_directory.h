#pragma once

#include "common/base/text.h"
#include "server/smtp/ports.h"

#include <map>
#include <set>
#include <string>

namespace postrider::test {

/// Knows the recipients it was told of, in lower case. Other names in their domains are unknown
/// users, all else is remote, the bare postmaster is at home everywhere. One thread.
class FakeDirectory final : public smtp::Directory {
public:
    /// `address` as ForwardPath::toString() has it, in lower case.
    void add(const std::string& address, smtp::Standing standing = smtp::Standing::Local) {
        known_[address] = standing;
    }

    smtp::DirectoryAnswer lookUp(const mail::ForwardPath& path) override {
        if (path.isBarePostmaster()) return {smtp::Standing::Local, ""};
        const auto found = known_.find(text::lower(path.toString()));
        if (found != known_.end()) return {found->second, "told so by the test"};
        const auto* domain = path.mailbox()->domain();
        const bool ours = domain != nullptr && isOurs("@" + domain->ascii());
        return {ours ? smtp::Standing::UnknownUser : smtp::Standing::Remote, ""};
    }

    /// "user address" pairs that are refused, and those that cannot be looked up.
    std::set<std::string> notTheirs;
    std::set<std::string> notNow;

    smtp::OriginatorStanding mayWriteAs(const std::string& user,
                                        const mail::Mailbox& address) override {
        const std::string both = user + ' ' + address.toString();
        if (notNow.contains(both)) return smtp::OriginatorStanding::TemporaryFailure;
        return notTheirs.contains(both) ? smtp::OriginatorStanding::NotTheirs
                                        : smtp::OriginatorStanding::Theirs;
    }

private:
    [[nodiscard]] bool isOurs(const std::string& atDomain) const {
        for (const auto& [address, standing] : known_) {
            if (standing != smtp::Standing::Remote && address.ends_with(atDomain)) return true;
        }
        return false;
    }

    std::map<std::string, smtp::Standing> known_;
};

}  // namespace postrider::test
