#pragma once

#include "tools/postriderctl/command.h"

#include <vector>

namespace postrider::ctl {

/// All commands, in the order in which help lists them.
[[nodiscard]] const std::vector<Command>& commands();

ExitCode userAdd(Context& context, const Arguments& arguments);
ExitCode userRemove(Context& context, const Arguments& arguments);
ExitCode userPasswd(Context& context, const Arguments& arguments);
ExitCode userDisable(Context& context, const Arguments& arguments);
ExitCode userEnable(Context& context, const Arguments& arguments);
ExitCode userSet(Context& context, const Arguments& arguments);
ExitCode userList(Context& context, const Arguments& arguments);
ExitCode userCheck(Context& context, const Arguments& arguments);
ExitCode queueList(Context& context, const Arguments& arguments);
ExitCode queueShow(Context& context, const Arguments& arguments);
ExitCode queueRetry(Context& context, const Arguments& arguments);
ExitCode queueHold(Context& context, const Arguments& arguments);
ExitCode queueRelease(Context& context, const Arguments& arguments);
ExitCode queueRemove(Context& context, const Arguments& arguments);
ExitCode queueExpire(Context& context, const Arguments& arguments);
ExitCode queueReroute(Context& context, const Arguments& arguments);
ExitCode queueFlush(Context& context, const Arguments& arguments);
ExitCode queueForget(Context& context, const Arguments& arguments);
ExitCode explain(Context& context, const Arguments& arguments);
ExitCode domainList(Context& context, const Arguments& arguments);
ExitCode aliasShow(Context& context, const Arguments& arguments);
ExitCode configCheck(Context& context, const Arguments& arguments);
ExitCode pluginList(Context& context, const Arguments& arguments);
ExitCode help(Context& context, const Arguments& arguments);
ExitCode version(Context& context, const Arguments& arguments);

}  // namespace postrider::ctl
