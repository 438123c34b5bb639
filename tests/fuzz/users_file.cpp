#include "server/auth/password_hash.h"
#include "server/users/user_table.h"
#include "tests/fuzz/fuzz.h"

/// A users file is taken or refused; who is in it can be found by his name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto table = users::UserTable::parse(fuzz::textOf(data, size), "users");
    if (!table) {
        fuzz::promise(!table.error().sentences.empty());
        return 0;
    }
    for (const auto& user : table->all()) {
        fuzz::promise(table->find(user.name) == &user);
        fuzz::promise(user.name.find('/') == std::string::npos);
        (void)auth::whyUnverifiable(user.hash);
    }
    return 0;
}
