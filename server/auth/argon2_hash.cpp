#include "server/auth/argon2_hash.h"

#include "common/base/text.h"

#include <algorithm>
#include <argon2.h>
#include <array>
#include <cstdint>
#include <string>

namespace postrider::auth {

namespace {

/// A cost as the hash names it, and the most we are ready to pay.
struct Cost {
    std::string_view name;
    std::uint64_t most;
};
constexpr std::array<Cost, 3> costs{{{"m=", std::uint64_t{256} << 10}, {"t=", 64}, {"p=", 64}}};

argon2_type typeOf(std::string_view encoded) {
    return encoded.starts_with("$argon2id$") ? Argon2_id : Argon2_i;
}

bool areBearable(std::string_view written) {
    const auto fields = text::split(written, ',');
    return fields.size() == costs.size() &&
           std::equal(costs.begin(), costs.end(), fields.begin(),
                      [](const Cost& cost, std::string_view field) {
                          if (!field.starts_with(cost.name)) return false;
                          const auto value = text::parseUnsigned(field.substr(cost.name.size()));
                          return value && *value > 0 && *value <= cost.most;
                      });
}

}  // namespace

bool isArgon2(std::string_view encoded) {
    // "", "argon2id", ["v=19",] "m=65536,t=3,p=1", salt, hash
    const auto fields = text::split(encoded, '$');
    if (fields.size() < 5 || fields.size() > 6 || !fields[0].empty()) return false;
    if (fields[1] != "argon2id" && fields[1] != "argon2i") return false;
    return areBearable(fields[fields.size() - 3]) && !fields.back().empty();
}

bool isArgon2Of(std::string_view encoded, std::string_view password) {
    if (!isArgon2(encoded)) return false;
    return argon2_verify(std::string{encoded}.c_str(), password.data(), password.size(),
                         typeOf(encoded)) == ARGON2_OK;
}

}  // namespace postrider::auth
