#include "plugins/couriers/pipe/exit_status.h"

#include "common/base/text.h"
#include "common/plugin/outcomes.h"

#include <string>
#include <string_view>
#include <sysexits.h>

namespace postrider::couriers {

namespace {

/// What the program said: the first line of its errors, else of its output; or `fallback`.
std::string firstLineOf(const SubprocessResult& result, const std::string& fallback) {
    for (const std::string_view output :
         {std::string_view{result.errorOutput}, std::string_view{result.output}}) {
        for (const auto line : text::split(output, '\n')) {
            const auto words =
                text::trim(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
            if (!words.empty()) return fallback + ": " + std::string{words};
        }
    }
    return fallback;
}

}  // namespace

plugin::DeliveryOutcome outcomeOf(const SubprocessResult& result) {
    if (result.timedOut) {
        return plugin::transient({4, 3, 0}, firstLineOf(result, "the program took too long"));
    }
    if (result.signal != 0) {
        return plugin::transient({4, 3, 0}, firstLineOf(result, "the program was ended by signal " +
                                                                    std::to_string(result.signal)));
    }
    const std::string said =
        firstLineOf(result, "the program ended with status " + std::to_string(result.exitCode));
    switch (result.exitCode) {
        case EX_OK:
            return plugin::delivered("delivered to command");
        case EX_DATAERR:
            return plugin::permanent({5, 6, 0}, said);
        case EX_NOUSER:
            return plugin::permanent({5, 1, 1}, said);
        case EX_NOHOST:
            return plugin::permanent({5, 1, 2}, said);
        case EX_UNAVAILABLE:
            return plugin::permanent({5, 3, 0}, said);
        case EX_NOPERM:
            return plugin::permanent({5, 7, 1}, said);
        case EX_CONFIG:
        case EX_USAGE:
            return plugin::transient({4, 3, 5}, said);
        case EX_CANTCREAT:
            return plugin::transient({4, 2, 0}, said);
        default:
            return plugin::transient({4, 3, 0}, said);
    }
}

}  // namespace postrider::couriers
