#include "server/queue/queue_reader.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"
#include "tools/postriderctl/data_files.h"
#include "tools/postriderctl/table.h"

namespace postrider::ctl {

ExitCode queueShow(Context& context, const Arguments& arguments) {
    const auto file = dataFile(context, "queue.db");
    if (!file) return file.error();
    const std::string& id = arguments.operands.front();
    queue::QueueReader reader{*file};
    const auto message = reader.message(id);
    if (message.rows.empty()) {
        return fail(context, ExitCode::NoUser,
                    "no message " + id +
                        " in the queue or its history; see: postriderctl queue "
                        "list");
    }
    printRecord(context.out, {"queue_id", "sender", "received", "recipients"},
                message.rows.front());
    const auto recipients = reader.recipients(id);
    for (const auto& row : recipients.rows) {
        context.out << "\n";
        printRecord(context.out, recipients.columns, row);
    }
    const auto attempts = reader.attempts(id);
    if (attempts.rows.empty()) return ExitCode::Ok;
    context.out << "\n";
    printTable(context.out, attempts);
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
