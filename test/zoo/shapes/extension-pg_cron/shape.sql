-- needs setting: cron.database_name=zoo
-- needs extension: pg_cron
create table t (id int primary key); insert into t values (1);
create extension pg_cron; select cron.schedule('nightly', '0 3 * * *', 'select 1');
