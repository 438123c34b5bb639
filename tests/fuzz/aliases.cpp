#include "server/routing/alias_table.h"
#include "tests/fuzz/fuzz.h"

/// An aliases file is taken or refused with sentences that name file and line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    static const auto domain = mail::Domain::parse("a.example");
    const auto table = routing::AliasTable::parse(fuzz::textOf(data, size), "aliases", *domain, {});
    if (!table) {
        fuzz::promise(!table.error().sentences.empty());
        return 0;
    }
    for (const auto& [name, alias] : table->all()) {
        fuzz::promise(!alias.targets.empty());
        fuzz::promise(name == "*" || table->find(name) == &alias);
    }
    return 0;
}
