/**
 * The objects of a database that are not the server's own, as far as each has to be dropped by a statement of its own: all that is
 * in no schema, all other schemas, and what is in `public`. Whatever else there is belongs to one of these and goes with it.
 *
 * Columns: `class` and `id` identify the object, `kind` and `identity` are what `DROP` calls it, `may_drop` tells whether the
 * connected role may. Names are quoted on the server: a client might not be able to decode them.
 */
export const OWN_OBJECTS = `
  WITH names AS (
    SELECT t.oid, pg_catalog.format('%I.%I', n.nspname, t.typname) AS name, t.typowner AS owner
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace),
  public AS (
    SELECT n.oid, pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS is_ours FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'),
  loose (rank, class, id, kind, identity, may_drop) AS (
    SELECT 1, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 'EVENT TRIGGER', pg_catalog.quote_ident(e.evtname),
           pg_catalog.pg_has_role(e.evtowner, 'USAGE') FROM pg_catalog.pg_event_trigger e
    UNION ALL
    SELECT 2, 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'PUBLICATION', pg_catalog.quote_ident(p.pubname),
           pg_catalog.pg_has_role(p.pubowner, 'USAGE') FROM pg_catalog.pg_publication p
    UNION ALL
    SELECT 3, 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid, 'EXTENSION', pg_catalog.quote_ident(e.extname),
           pg_catalog.pg_has_role(e.extowner, 'USAGE') FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql'
    UNION ALL
    SELECT 4, 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'SCHEMA', pg_catalog.quote_ident(n.nspname),
           pg_catalog.pg_has_role(n.nspowner, 'USAGE') FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
    UNION ALL
    SELECT 5, 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, f.oid, 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(f.fdwname),
           pg_catalog.pg_has_role(f.fdwowner, 'USAGE') FROM pg_catalog.pg_foreign_data_wrapper f
    UNION ALL
    SELECT 6, 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 'SERVER', pg_catalog.quote_ident(s.srvname),
           pg_catalog.pg_has_role(s.srvowner, 'USAGE') FROM pg_catalog.pg_foreign_server s
    UNION ALL
    SELECT 7, 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 'CAST', pg_catalog.format('(%s AS %s)', s.name, t.name),
           pg_catalog.pg_has_role(s.owner, 'USAGE') OR pg_catalog.pg_has_role(t.owner, 'USAGE')
      FROM pg_catalog.pg_cast c JOIN names s ON s.oid = c.castsource JOIN names t ON t.oid = c.casttarget
    UNION ALL
    SELECT 8, 'pg_catalog.pg_transform'::pg_catalog.regclass, f.oid, 'TRANSFORM', pg_catalog.format('FOR %s LANGUAGE %I', t.name, l.lanname),
           pg_catalog.pg_has_role(t.owner, 'USAGE')
      FROM pg_catalog.pg_transform f JOIN names t ON t.oid = f.trftype JOIN pg_catalog.pg_language l ON l.oid = f.trflang
    UNION ALL
    SELECT 9, 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'LANGUAGE', pg_catalog.quote_ident(l.lanname),
           pg_catalog.pg_has_role(l.lanowner, 'USAGE') FROM pg_catalog.pg_language l
    UNION ALL
    SELECT 10, 'pg_catalog.pg_am'::pg_catalog.regclass, a.oid, 'ACCESS METHOD', pg_catalog.quote_ident(a.amname),
           (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) FROM pg_catalog.pg_am a),
  contained (rank, class, id, kind, name, namespace, owner, rest) AS (
    SELECT 11, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid,
           CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
           pg_catalog.quote_ident(c.relname), c.relnamespace, c.relowner, ''
      FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 12, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'ROUTINE', pg_catalog.quote_ident(p.proname), p.pronamespace, p.proowner,
           (SELECT pg_catalog.format('(%s)', pg_catalog.string_agg('IN ' || n.name, ', ' ORDER BY a.i))
              FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, i) JOIN names n ON n.oid = a.type)
      FROM pg_catalog.pg_proc p
    UNION ALL
    SELECT 13, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'TYPE', pg_catalog.quote_ident(t.typname), t.typnamespace, t.typowner, ''
      FROM pg_catalog.pg_type t
    UNION ALL
    SELECT 14, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'OPERATOR', o.oprname, o.oprnamespace, o.oprowner,
           pg_catalog.format(' (%s, %s)', coalesce(l.name, 'NONE'), coalesce(r.name, 'NONE'))
      FROM pg_catalog.pg_operator o LEFT JOIN names l ON l.oid = o.oprleft LEFT JOIN names r ON r.oid = o.oprright
    UNION ALL
    SELECT 15, 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, 'OPERATOR CLASS', pg_catalog.quote_ident(o.opcname), o.opcnamespace, o.opcowner,
           pg_catalog.format(' USING %I', a.amname)
      FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod
    UNION ALL
    SELECT 16, 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, 'OPERATOR FAMILY', pg_catalog.quote_ident(o.opfname), o.opfnamespace, o.opfowner,
           pg_catalog.format(' USING %I', a.amname)
      FROM pg_catalog.pg_opfamily o JOIN pg_catalog.pg_am a ON a.oid = o.opfmethod
    UNION ALL
    SELECT 17, 'pg_catalog.pg_collation'::pg_catalog.regclass, c.oid, 'COLLATION', pg_catalog.quote_ident(c.collname), c.collnamespace, c.collowner, ''
      FROM pg_catalog.pg_collation c
    UNION ALL
    SELECT 18, 'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, 'CONVERSION', pg_catalog.quote_ident(c.conname), c.connamespace, c.conowner, ''
      FROM pg_catalog.pg_conversion c
    UNION ALL
    SELECT 19, 'pg_catalog.pg_ts_config'::pg_catalog.regclass, c.oid, 'TEXT SEARCH CONFIGURATION', pg_catalog.quote_ident(c.cfgname), c.cfgnamespace, c.cfgowner, ''
      FROM pg_catalog.pg_ts_config c
    UNION ALL
    SELECT 20, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid, 'TEXT SEARCH DICTIONARY', pg_catalog.quote_ident(d.dictname), d.dictnamespace, d.dictowner, ''
      FROM pg_catalog.pg_ts_dict d
    UNION ALL
    SELECT 21, 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, p.oid, 'TEXT SEARCH PARSER', pg_catalog.quote_ident(p.prsname), p.prsnamespace, 10::oid, ''
      FROM pg_catalog.pg_ts_parser p
    UNION ALL
    SELECT 22, 'pg_catalog.pg_ts_template'::pg_catalog.regclass, t.oid, 'TEXT SEARCH TEMPLATE', pg_catalog.quote_ident(t.tmplname), t.tmplnamespace, 10::oid, ''
      FROM pg_catalog.pg_ts_template t
    UNION ALL
    SELECT 23, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 'STATISTICS', pg_catalog.quote_ident(s.stxname), s.stxnamespace, s.stxowner, ''
      FROM pg_catalog.pg_statistic_ext s),
  every AS (
    SELECT * FROM loose
    UNION ALL
    SELECT c.rank, c.class, c.id, c.kind, 'public.' || c.name || c.rest, p.is_ours OR pg_catalog.pg_has_role(c.owner, 'USAGE')
      FROM contained c JOIN public p ON p.oid = c.namespace)
  SELECT rank, class, id, kind, identity, may_drop FROM every
   WHERE id >= 16384 -- FirstNormalObjectId: what is below came with the server
     -- Parts of another object (row and array types, sequences of identity columns, members of extensions) go with it.
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = every.class AND d.objid = every.id AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))`;
