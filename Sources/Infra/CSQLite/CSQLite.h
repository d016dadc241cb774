// SQLite 3, as Swift sees it. Macros that Swift cannot import get a typed inline function here.
#pragma once
#include <sqlite3.h>
