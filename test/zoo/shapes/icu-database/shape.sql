-- versions: 15-
-- database: LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' LC_COLLATE 'C' LC_CTYPE 'C'
create table t (name text primary key); insert into t values ('Å'), ('z'), ('ä'), ('o');
create materialized view in_order as select name, row_number() over (order by name) as place from t;
