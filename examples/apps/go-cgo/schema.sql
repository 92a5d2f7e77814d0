create table notes(t text); insert into notes values("a"),("b");
