package main

/*
#cgo LDFLAGS: -lsqlite3
#include <sqlite3.h>
#include <stdlib.h>
static int cnt(const char *f) { sqlite3 *d; sqlite3_stmt *s; if (sqlite3_open_v2(f, &d, SQLITE_OPEN_READWRITE, 0)) return -1; if (sqlite3_prepare_v2(d, "select count(*) from notes", -1, &s, 0)) return -2; sqlite3_step(s); return sqlite3_column_int(s, 0); }
*/
import "C"
import (
	"fmt"
	"os"
)

func main() {
	n := C.cnt(C.CString(os.Args[1]))
	b, err := os.ReadFile("web/index.html")
	fmt.Println(n, string(b), err)
	if n != 2 || err != nil {
		os.Exit(1)
	}
}
