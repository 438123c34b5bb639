#include "server/journal/explain.h"

#include "tools/postriderctl/commands.h"
#include "tools/postriderctl/data_files.h"

namespace postrider::ctl {

ExitCode explain(Context& context, const Arguments& arguments) {
    const auto file = dataFile(context, "journal.db");
    if (!file) return file.error();
    const auto story = journal::explain(journal::JournalReader{*file}, arguments.operands.front());
    (story.found ? context.out : context.err) << story.text;
    return story.found ? ExitCode::Ok : ExitCode::NoUser;
}

}  // namespace postrider::ctl
