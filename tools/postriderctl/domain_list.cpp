#include "server/config/domains.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode domainList(Context& context, const Arguments& /*arguments*/) {
    const auto domains = config::loadDomains(context.configDir);
    if (!domains) return fail(context, ExitCode::Config, domains.error().sentences.front());
    for (const auto& domain : *domains) {
        const auto unicode = domain.name.unicode();
        context.out << domain.name.ascii();
        if (unicode != domain.name.ascii()) context.out << "  (" << unicode << ")";
        context.out << "\n";
    }
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
