/**
 * Objects in `pg_catalog`, and the schema `public`, whose rights are not what a new database has: no statement of a dump
 * takes those back that the target has besides. Columns: `target` is what `GRANT` calls the object, `class` and `id` identify it,
 * `acl` is what it has, `wanted` what a new one has, `may_change` tells whether the connected role may change it.
 *
 * The rights of `public` in a new database: its owner's, and since version 15 no more than USAGE for all roles.
 */
export const CHANGED_RIGHTS = `
  WITH first (class, id, part, acl) AS (
    SELECT p.classoid::pg_catalog.regclass, p.objoid, p.objsubid, p.initprivs FROM pg_catalog.pg_init_privs p),
  public_acl AS (
    SELECT n.oid, n.nspowner,
           ARRAY[pg_catalog.makeaclitem(n.nspowner, n.nspowner, 'USAGE', false), pg_catalog.makeaclitem(n.nspowner, n.nspowner, 'CREATE', false),
                 pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)]
           || CASE WHEN pg_catalog.current_setting('server_version_num')::int < 150000
                   THEN ARRAY[pg_catalog.makeaclitem(0, n.nspowner, 'CREATE', false)] ELSE '{}' END AS acl
      FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'),
  present (class, id, part, target, owner, acl, wanted) AS (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0, pg_catalog.format('SCHEMA %I', n.nspname), n.nspowner,
           coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)), coalesce(p.acl, f.acl, pg_catalog.acldefault('n', n.nspowner))
      FROM pg_catalog.pg_namespace n
      LEFT JOIN first f ON f.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND f.id = n.oid
      LEFT JOIN public_acl p ON p.oid = n.oid
     WHERE n.nspname IN ('pg_catalog', 'public')
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, 'ROUTINE ' || p.oid::pg_catalog.regprocedure, p.proowner,
           coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)), coalesce(f.acl, pg_catalog.acldefault('f', p.proowner))
      FROM pg_catalog.pg_proc p LEFT JOIN first f ON f.class = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.id = p.oid
     WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid < 16384 AND p.proacl IS DISTINCT FROM f.acl
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, pg_catalog.format('TYPE %I.%I', n.nspname, t.typname), t.typowner,
           coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)), coalesce(f.acl, pg_catalog.acldefault('T', t.typowner))
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      LEFT JOIN first f ON f.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND f.id = t.oid
     WHERE n.nspname = 'pg_catalog' AND t.oid < 16384 AND t.typacl IS DISTINCT FROM f.acl
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, pg_catalog.format('LANGUAGE %I', l.lanname), l.lanowner,
           coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner)), coalesce(f.acl, pg_catalog.acldefault('l', l.lanowner))
      FROM pg_catalog.pg_language l LEFT JOIN first f ON f.class = 'pg_catalog.pg_language'::pg_catalog.regclass AND f.id = l.oid
     WHERE l.oid < 16384 AND l.lanacl IS DISTINCT FROM f.acl
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0, pg_catalog.format('TABLE %I.%I', n.nspname, c.relname), c.relowner,
           coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)), coalesce(f.acl, pg_catalog.acldefault('r', c.relowner))
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN first f ON f.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND f.id = c.oid AND f.part = 0
     WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.oid < 16384 AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum, pg_catalog.format('TABLE %I.%I', n.nspname, c.relname), c.relowner,
           a.attacl, f.acl
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      LEFT JOIN first f ON f.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND f.id = c.oid AND f.part = a.attnum
     WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.oid < 16384 AND c.relkind IN ('r', 'v') AND (a.attacl IS NOT NULL OR f.acl IS NOT NULL)),
  different AS (
    SELECT DISTINCT class, id FROM present
     WHERE EXISTS (SELECT grantee, privilege_type, is_grantable FROM pg_catalog.aclexplode(acl)
                   EXCEPT SELECT grantee, privilege_type, is_grantable FROM pg_catalog.aclexplode(wanted))
        OR EXISTS (SELECT grantee, privilege_type, is_grantable FROM pg_catalog.aclexplode(wanted)
                   EXCEPT SELECT grantee, privilege_type, is_grantable FROM pg_catalog.aclexplode(acl)))
  SELECT p.target, p.part, p.acl, p.wanted, pg_catalog.pg_has_role(p.owner, 'USAGE') AS may_change,
         CASE WHEN p.part <> 0 THEN (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = p.id AND a.attnum = p.part) END AS "column"
    FROM present p JOIN different d ON d.class = p.class AND d.id = p.id`;
