create table if not exists notes(t text);
