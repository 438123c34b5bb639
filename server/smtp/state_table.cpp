#include "server/smtp/state_table.h"

#include <array>
#include <cstddef>

namespace postrider::smtp {

namespace {

constexpr auto ok = Order::Allowed;
constexpr auto hello = Order::HelloFirst;
constexpr auto mail = Order::MailFirst;
constexpr auto rcpt = Order::RcptFirst;
constexpr auto open = Order::InTransaction;
constexpr auto half = Order::InMessage;
constexpr auto bar = Order::Barred;

struct Row {
    Verb verb;
    std::array<Order, 6> in;  ///< by Phase
};

constexpr std::array<Row, 16> table{{
    //                Connected Greeted MailGiven RcptGiven ChunkGiven Barred
    {Verb::Helo, {ok, ok, ok, ok, ok, bar}},
    {Verb::Ehlo, {ok, ok, ok, ok, ok, bar}},
    {Verb::StartTls, {ok, ok, ok, ok, ok, bar}},
    {Verb::Auth, {hello, ok, open, open, open, bar}},
    {Verb::Mail, {hello, ok, open, open, open, bar}},
    {Verb::Rcpt, {hello, mail, ok, ok, half, bar}},
    {Verb::Data, {hello, mail, rcpt, ok, half, bar}},
    {Verb::Bdat, {hello, mail, rcpt, ok, ok, bar}},
    {Verb::LostChunk, {ok, ok, ok, ok, ok, ok}},
    {Verb::Rset, {ok, ok, ok, ok, ok, bar}},
    {Verb::Noop, {ok, ok, ok, ok, ok, bar}},
    {Verb::Vrfy, {ok, ok, ok, ok, ok, bar}},
    {Verb::Expn, {ok, ok, ok, ok, ok, bar}},
    {Verb::Help, {ok, ok, ok, ok, ok, bar}},
    {Verb::Quit, {ok, ok, ok, ok, ok, ok}},
    {Verb::Foreign, {ok, ok, ok, ok, ok, ok}},
}};

constexpr bool rowsStandInOrder() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].verb) != i) return false;
    }
    return true;
}
static_assert(rowsStandInOrder());

}  // namespace

Order orderOf(Verb verb, Phase phase) {
    return table.at(static_cast<std::size_t>(verb)).in.at(static_cast<std::size_t>(phase));
}

}  // namespace postrider::smtp
