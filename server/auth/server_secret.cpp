#include "server/auth/server_secret.h"

#include "common/base/text_file.h"

#include <system_error>

namespace postrider::auth {

namespace {

/// Of [a-z0-9]: more than 256 bits.
constexpr std::size_t secretLength = 52;

}  // namespace

Result<std::string, std::string> serverSecret(const std::filesystem::path& file, Random& random) {
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        const auto content = readTextFile(file);
        if (!content) return Unexpected{file.string() + ": " + content.error()};
        const auto lines = linesOf(*content);
        // whatever is too short is made anew: it was never written whole by us
        if (!lines.empty() && lines.front().size() >= secretLength) {
            return std::string{lines.front()};
        }
    }
    auto secret = random.token(secretLength);
    const auto written = replaceTextFile(file, secret + "\n");
    if (!written) return Unexpected{file.string() + ": " + written.error()};
    return secret;
}

}  // namespace postrider::auth
