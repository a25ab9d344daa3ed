alter schema public owner to app2; revoke all on schema public from public; grant usage on schema public to reader1;
comment on schema public is 'not the standard one';
create table t (id int primary key); insert into t values (1);
