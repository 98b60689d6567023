#include <sqlite3.h>

/// sqlite3_db_config(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE): variadic, so Swift can't call it itself.
/// Leaves the connection's new setting in `is_set` (1: closing it never checkpoints) and returns SQLite's result code.
static inline int sqlite_never_checkpoint_on_close(sqlite3 *connection, int *is_set) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, is_set);
}
