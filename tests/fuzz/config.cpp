#include "server/config/keys.h"
#include "server/config/properties.h"
#include "tests/fuzz/fuzz.h"

/// Every line of a configuration file means something or is complained about, and no value of a
/// known key breaks its reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto properties = config::parseProperties(fuzz::textOf(data, size), "test");
    if (!properties) {
        fuzz::promise(!properties.error().sentences.empty());
        return 0;
    }
    config::Config config;
    for (const auto& property : *properties) {
        if (const auto* key = config::findKey(property.key)) {
            (void)key->apply(config, property.value);
        } else {
            (void)config::suggestion(property.key, {"hostname", "data.dir"});
        }
    }
    return 0;
}
