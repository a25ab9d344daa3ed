-- versions: 15-
CREATE TABLE nnd (a int, UNIQUE NULLS NOT DISTINCT (a)); INSERT INTO nnd VALUES (NULL);
CREATE VIEW siv WITH (security_invoker = true) AS SELECT * FROM nnd;
CREATE TABLE fksn (id int PRIMARY KEY, x int, y int); 
CREATE TABLE fksn2 (a int PRIMARY KEY, b int, FOREIGN KEY (b) REFERENCES fksn (id) ON DELETE SET NULL (b));
