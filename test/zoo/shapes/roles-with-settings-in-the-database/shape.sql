alter database current_database_name_here set timezone = 'Asia/Kathmandu'; alter database current_database_name_here set datestyle = 'German, DMY'; alter database current_database_name_here set intervalstyle = 'iso_8601'; alter database current_database_name_here set bytea_output = 'escape'; alter database current_database_name_here set standard_conforming_strings = off;
alter role app2 in database current_database_name_here set work_mem = '9MB'; alter database current_database_name_here set search_path = '';
alter database current_database_name_here connection limit 77; comment on database current_database_name_here is 'it''s this'; grant connect, temporary on database current_database_name_here to reader1; revoke all on database current_database_name_here from public;
\connect
create table public.t (id int primary key, at timestamptz, d date, i interval, b bytea); insert into public.t values (1, '2024-06-01 12:00Z', '2024-02-01', '1 day 2 hours', decode('00ff', 'hex'));
create materialized view public.mv as select id, at::text, d::text, i::text, at::timestamp as local from public.t;
