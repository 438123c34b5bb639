#include "server/auth/hash_review.h"

#include "server/auth/password_hash.h"

namespace postrider::auth {

std::vector<std::string> reviewHashes(const routing::AddressBook& book) {
    std::vector<std::string> remarks;
    for (const auto& domain : book.domains()) {
        for (const auto& user : domain.users.all()) {
            const auto reason = whyUnverifiable(user.hash);
            if (reason.empty()) continue;
            remarks.push_back("domains/" + domain.name.ascii() +
                              "/users:" + std::to_string(user.line) + ": " + user.name +
                              " cannot log in: " + reason);
        }
    }
    return remarks;
}

}  // namespace postrider::auth
