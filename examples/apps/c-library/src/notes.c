#include <sqlite3.h>
#include <stdio.h>
static int row(void *u, int n, char **v, char **c) { printf("row: %s\n", v[0]); return 0; }
int main(int argc, char **argv) {
  sqlite3 *db; char *e = 0; char sql[4096]; FILE *f = fopen("/opt/notes/schema.sql", "r");
  if (!f) { perror("schema.sql"); return 1; }
  size_t n = fread(sql, 1, sizeof sql - 1, f); sql[n] = 0;
  if (sqlite3_open(argv[1], &db)) { fprintf(stderr, "open: %s\n", sqlite3_errmsg(db)); return 1; }
  if (sqlite3_exec(db, sql, 0, 0, &e) || sqlite3_exec(db, "insert into notes values('hello'); select * from notes", row, 0, &e)) { fprintf(stderr, "%s\n", e); return 1; }
  printf("sqlite %s\n", sqlite3_libversion()); return 0; }
