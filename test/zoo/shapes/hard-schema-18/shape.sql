-- needs extension: btree_gist
-- versions: 18-
CREATE EXTENSION IF NOT EXISTS btree_gist;
create table fk_a(id int primary key);
CREATE TABLE virt (a int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL); INSERT INTO virt VALUES (1), (2);
CREATE TABLE temporal (id int, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
INSERT INTO temporal VALUES (1, '[2020-01-01,2021-01-01)'), (1, '[2021-01-01,2022-01-01)');
CREATE TABLE temporal_fk (id int, valid daterange, pid int, FOREIGN KEY (pid, PERIOD valid) REFERENCES temporal (id, PERIOD valid));
INSERT INTO temporal_fk VALUES (1, '[2020-06-01,2021-06-01)', 1);
CREATE TABLE ne (a int CONSTRAINT ck CHECK (a > 0) NOT ENFORCED); INSERT INTO ne VALUES (-1);
CREATE TABLE nnv (a int); INSERT INTO nnv VALUES (NULL); ALTER TABLE nnv ADD CONSTRAINT nnv_nn NOT NULL a NOT VALID;
CREATE TABLE fkne (a int REFERENCES fk_a NOT ENFORCED); INSERT INTO fkne VALUES (999);
CREATE TABLE uv (id uuid DEFAULT uuidv7());
CREATE COLLATION puf (provider = builtin, locale = 'PG_UNICODE_FAST');
