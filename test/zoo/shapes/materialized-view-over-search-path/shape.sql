-- A view's function finds its table by the session's path only; an empty path cannot refresh it.
create table documents (id int primary key, body tsvector);
insert into documents select i, to_tsvector('simple', 'word' || i % 7) from generate_series(1, 40) i;
create materialized view words as select word, ndoc from ts_stat('select body from documents') order by word;
