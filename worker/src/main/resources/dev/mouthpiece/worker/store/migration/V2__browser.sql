-- Sessions that are shown to a browser by the process that was asked for them: its viewers come to no other one.
alter table session add column node varchar(64);
