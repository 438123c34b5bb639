#include "server/routing/name_rules.h"

namespace postrider::routing {

std::string_view NameRules::withoutSuffix(std::string_view name) const {
    // from 1: what is before a suffix is somebody's name
    return name.substr(0, name.find_first_of(separators, 1));
}

std::string NameRules::withoutDropped(std::string_view name) const {
    const auto head = withoutSuffix(name);
    std::string kept;
    for (const char c : head) {
        if (drop.find(c) == std::string::npos) kept += c;
    }
    if (kept.empty()) kept = head;
    return kept.append(name.substr(head.size()));
}

}  // namespace postrider::routing
