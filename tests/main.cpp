#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#if defined(__SANITIZE_THREAD__)
/// POCO's reference counts are released inside its libraries, which are not instrumented: the last
/// release of an accepted socket looks unordered to the sanitizer.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name the sanitizer's runtime looks for
extern "C" const char* __tsan_default_suppressions() {
    return "race:postrider::net::AcceptedSocket::~AcceptedSocket\n";
}
#endif
