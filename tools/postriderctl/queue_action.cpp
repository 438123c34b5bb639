#include "common/base/clock.h"
#include "server/queue/action_requests.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"
#include "tools/postriderctl/data_files.h"

#include <array>
#include <optional>
#include <pwd.h>
#include <string>
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

/// An operand that may be left out.
std::optional<std::string> operand(const Arguments& arguments, std::size_t place) {
    if (place >= arguments.operands.size()) return std::nullopt;
    return arguments.operands[place];
}

ExitCode act(Context& context, queue::ActionRequest request) {
    request.requestedBy = whoAsks();
    const auto file = dataFile(context, "queue.db");
    if (!file) return file.error();
    queue::ActionRequests requests{*file};
    const auto number = requests.write(request);
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
    return act(context, {.verb = "retry", .queueId = operand(arguments, 0)});
}

ExitCode queueHold(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "hold", .queueId = operand(arguments, 0)});
}

ExitCode queueRelease(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "release", .queueId = operand(arguments, 0)});
}

ExitCode queueRemove(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "remove", .queueId = operand(arguments, 0)});
}

ExitCode queueExpire(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "expire", .queueId = operand(arguments, 0)});
}

ExitCode queueReroute(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "reroute",
                         .queueId = operand(arguments, 0),
                         .nextHop = operand(arguments, 1),
                         .courier = operand(arguments, 2)});
}

ExitCode queueFlush(Context& context, const Arguments& arguments) {
    return act(
        context,
        {.verb = "flush", .nextHop = operand(arguments, 0), .courier = operand(arguments, 1)});
}

ExitCode queueForget(Context& context, const Arguments& arguments) {
    return act(context, {.verb = "forget", .nextHop = operand(arguments, 0)});
}

}  // namespace postrider::ctl
