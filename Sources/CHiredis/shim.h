// hiredis 0.14 (Debian: libhiredis-dev). Of it we use the reply reader alone.
#include <hiredis/hiredis.h>
