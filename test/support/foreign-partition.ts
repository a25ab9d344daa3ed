/** Makes a table with three rows here and a partition on a server that is away. */
export const FOREIGN_PARTITION = `
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
  CREATE USER MAPPING FOR PUBLIC SERVER away;
  CREATE TABLE far (id int, v text) PARTITION BY RANGE (id);
  CREATE TABLE far_here PARTITION OF far FOR VALUES FROM (1) TO (100);
  CREATE FOREIGN TABLE far_away PARTITION OF far FOR VALUES FROM (100) TO (200) SERVER away;
  INSERT INTO far SELECT i, 'x' || i FROM generate_series(1, 3) i`;
