#include "server/queue/queue_reader.h"
#include "tools/postriderctl/commands.h"
#include "tools/postriderctl/data_files.h"
#include "tools/postriderctl/table.h"

namespace postrider::ctl {

ExitCode queueList(Context& context, const Arguments& /*arguments*/) {
    const auto file = dataFile(context, "queue.db");
    if (!file) return file.error();
    const auto messages = queue::QueueReader{*file}.messages();
    if (messages.rows.empty()) {
        context.out << "the queue is empty\n";
        return ExitCode::Ok;
    }
    printTable(context.out, messages);
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
