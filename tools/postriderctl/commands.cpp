#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"user add",
         "ADDRESS [--password-stdin]",
         "makes a user, and the domain's folder when it is missing",
         1,
         1,
         {"--password-stdin"},
         userAdd},
        {"user remove",
         "ADDRESS",
         "takes a user away; mail that lies in the mailbox stays",
         1,
         1,
         {},
         userRemove},
        {"user passwd",
         "ADDRESS [--password-stdin]",
         "sets a new password",
         1,
         1,
         {"--password-stdin"},
         userPasswd},
        {"user list", "[DOMAIN]", "lists users", 0, 1, {}, userList},
        {"user check",
         "ADDRESS [--password-stdin]",
         "says whether a password is right",
         1,
         1,
         {"--password-stdin"},
         userCheck},
        {"domain list", "", "lists the domains that are ours", 0, 0, {}, domainList},
        {"alias show",
         "ADDRESS",
         "shows who gets mail for an address, and how it comes to that",
         1,
         1,
         {},
         aliasShow},
        {"config check",
         "",
         "reads the whole configuration as the server would",
         0,
         0,
         {},
         configCheck},
        {"version", "", "says which release this is", 0, 0, {}, version},
        {"help", "", "shows this", 0, 0, {}, help},
    };
    return all;
}

}  // namespace postrider::ctl
