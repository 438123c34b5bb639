#include "server/app/service.h"

#include <iostream>

// Arguments, signals, exit codes: server/app/service.
POCO_SERVER_MAIN(postrider::app::Service)
