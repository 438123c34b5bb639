#include "plugins/couriers/pipe/pipe_courier.h"

#include "common/base/deadline.h"
#include "common/base/subprocess.h"
#include "common/plugin/local_form.h"
#include "common/plugin/outcomes.h"
#include "plugins/couriers/pipe/exit_status.h"

#include <string>
#include <system_error>
#include <utility>

namespace postrider::couriers {

namespace {

using plugin::DeliveryOutcome;

/// All a program finds in its environment.
constexpr const char* searchPath =
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

DeliveryOutcome looksLikeOption(char letter) {
    if (letter == 'f') {
        return plugin::permanent(
            {5, 1, 7}, "the sender's address begins with '-', which no program may be given");
    }
    return plugin::permanent({5, 1, 3},
                             "the address begins with '-', which no program may be given");
}

}  // namespace

PipeCourier::PipeCourier(std::optional<Command> command, std::chrono::seconds timeout,
                         const plugin::Host& host)
    : command_(std::move(command)), timeout_(timeout), host_(host) {}

std::vector<DeliveryOutcome> PipeCourier::deliver(const plugin::DeliveryRequest& request) {
    auto command =
        command_ ? Result<Command, std::string>{*command_} : Command::parse(request.nextHop);
    if (!command) {
        return {request.recipients.size(),
                plugin::transient({4, 3, 5}, "the command of the alias " + command.error())};
    }
    std::vector<DeliveryOutcome> outcomes;
    for (const auto& recipient : request.recipients) {
        if (Deadline::at(request.deadline).passed()) {
            outcomes.push_back(plugin::transient({4, 4, 7}, "no time left for this recipient"));
            continue;
        }
        // A spool file that cannot be read must not undo what became of the recipients before this
        // one.
        try {
            outcomes.push_back(deliverTo(*command, request, recipient));
        } catch (const std::system_error& error) {
            outcomes.push_back(plugin::transient({4, 3, 0}, error.what()));
        }
    }
    return outcomes;
}

DeliveryOutcome PipeCourier::deliverTo(const Command& command,
                                       const plugin::DeliveryRequest& request,
                                       const plugin::DeliveryRecipient& recipient) const {
    auto argv = command.fill(plugin::placeholdersOf(request, recipient, host_));
    if (!argv) return looksLikeOption(argv.error());

    SubprocessSpec spec;
    spec.argv = std::move(argv).value();
    spec.environment = {searchPath};
    spec.workingDirectory = "/";
    const std::string program = spec.argv.front();

    plugin::LocalForm message{request, recipient};
    std::string readFault;
    // An exception must not pass through the running of a program; what it was given is then cut
    // short.
    const InputSource input = [&](std::span<char> buffer) -> std::size_t {
        try {
            return message.read(buffer);
        } catch (const std::system_error& error) {
            readFault = error.what();
            return 0;
        }
    };
    const Deadline deadline = Deadline::at(request.deadline).orSooner(Deadline::after(timeout_));
    const auto result = runSubprocess(spec, input, deadline);
    if (!result) return plugin::transient({4, 3, 5}, program + ": " + result.error());
    if (!readFault.empty()) return plugin::transient({4, 3, 0}, readFault);

    DeliveryOutcome outcome = outcomeOf(*result);
    outcome.evidence.emplace_back("program", program);
    outcome.evidence.emplace_back("exit", std::to_string(result->exitCode));
    return outcome;
}

std::unique_ptr<plugin::Courier> PipeFactory::create(const plugin::Settings& settings,
                                                     const plugin::Host& host) const {
    const auto timeout = settings.duration("timeout", std::chrono::seconds{60});
    if (!settings.has("command")) {
        return std::make_unique<PipeCourier>(std::nullopt, timeout, host);
    }
    auto command = Command::parse(settings.text("command"));
    if (!command) throw settings.error("command", command.error());
    return std::make_unique<PipeCourier>(std::move(command).value(), timeout, host);
}

}  // namespace postrider::couriers
