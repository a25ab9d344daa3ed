-- versions: 16-
CREATE TABLE jc (j jsonb CHECK (j IS JSON OBJECT)); INSERT INTO jc VALUES ('{"a":1}');
CREATE TABLE stg (t text STORAGE EXTERNAL); INSERT INTO stg VALUES ('x');
CREATE VIEW sysu AS SELECT system_user;
