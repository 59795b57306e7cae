#include "build_info.h"

const char build_commit[] = BUILD_COMMIT;
