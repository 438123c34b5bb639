#include "common/base/clock.h"
#include "server/queue/action_requests.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"
#include "tools/postriderctl/data_files.h"

#include <array>
#include <pwd.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace postrider::ctl {

namespace {

/// Who asks, for the table: the login name, or the number of one who has none.
std::string whoAsks() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? found->pw_name : std::to_string(::getuid());
}

ExitCode act(Context& context, const Arguments& arguments, std::string_view verb) {
    const auto file = dataFile(context, "queue.db");
    if (!file) return file.error();
    queue::ActionRequests requests{*file};
    const auto number = requests.write(verb, arguments.operands.front(), whoAsks());
    if (!number) return fail(context, ExitCode::NoUser, number.error());

    constexpr std::chrono::milliseconds pause{100};
    for (auto waited = pause; waited <= context.patience; waited += pause) {
        if (const auto result = requests.result(*number)) {
            context.out << *result << "\n";
            return ExitCode::Ok;
        }
        pauseFor(pause);
    }
    return fail(context, ExitCode::Temporary,
                "written down as action " + std::to_string(*number) +
                    ", but the server has not come to it; is it running?");
}

}  // namespace

ExitCode queueRetry(Context& context, const Arguments& arguments) {
    return act(context, arguments, "retry");
}

ExitCode queueHold(Context& context, const Arguments& arguments) {
    return act(context, arguments, "hold");
}

ExitCode queueRelease(Context& context, const Arguments& arguments) {
    return act(context, arguments, "release");
}

ExitCode queueRemove(Context& context, const Arguments& arguments) {
    return act(context, arguments, "remove");
}

ExitCode queueExpire(Context& context, const Arguments& arguments) {
    return act(context, arguments, "expire");
}

}  // namespace postrider::ctl
