-- needs setting: lc_monetary=es_AR.utf8
alter database current_database_name_here set lc_monetary='es_AR.utf8';
\c
create table t(i int primary key, m money);
insert into t values (1,'$ 12,34'),(2,'$ 999,99'),(3,'$ 0,05');
