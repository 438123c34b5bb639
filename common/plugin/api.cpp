#include "common/plugin/api.h"

namespace postrider::plugin {
inline namespace v1 {

std::string_view hostBuild() {
    return POSTRIDER_BUILD;
}

}  // namespace v1
}  // namespace postrider::plugin
