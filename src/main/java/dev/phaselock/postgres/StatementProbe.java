package dev.phaselock.postgres;

import dev.phaselock.change.RunStatement;
import dev.phaselock.change.RunStatement.Locked;
import dev.phaselock.plan.Probe;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads whether the objects of a statement are there, whether as wanted, and what it would lock. */
final class StatementProbe {
    /** Plain and partitioned ones, as {@code pg_class.relkind} has them. */
    private static final Set<String> INDEXES = Set.of("i", "I");

    private final Connection connection;
    private final String searchPath;
    private final Identifier schema;

    /**
     * @param searchPath by which names are found
     * @param schema where unqualified names are created
     */
    StatementProbe(Connection connection, String searchPath, Identifier schema) {
        this.connection = connection;
        this.searchPath = searchPath;
        this.schema = schema;
    }

    Probe of(RunStatement run) throws SQLException {
        List<RelationLock> locks = new ArrayList<>();
        for (Locked locked : run.locks()) {
            lock(regclass(locked.relation()), locked.mode()).ifPresent(locks::add);
        }
        if (run.rows() != null) {
            return new RowChangeProbe(connection, searchPath).of(run, locks);
        }
        return switch (run.effect()) {
            case REPEATABLE -> new Probe.Statement(false, false, null, null, locks);
            case VALUE_RENAMED -> value(run, locks);
            case INDEX_RENAMED -> index(run, locks);
            case ATTRIBUTE_ADDED -> attribute(run, locks);
            case CREATED -> created(run, locks);
            case DROPPED -> dropped(run, locks);
        };
    }

    private Probe created(RunStatement run, List<RelationLock> locks) throws SQLException {
        TwinProbe twin = new TwinProbe(connection, searchPath);
        if (run.kind() == RunStatement.Kind.FUNCTION) {
            // Which one of its name it would be, its arguments say.
            Boolean same = one(there(run, 0, true)) == 0 ? null : twin.ofFunction(run, inSchema(run));
            return new Probe.Statement(same != null, same == null, same, null, locks);
        }
        long oid = one(there(run, 0, true));
        Boolean same = (oid == 0 || run.whereMissing()) ? null : twin.of(run, oid);
        return new Probe.Statement(oid != 0, oid == 0, same, null, locks);
    }

    private Probe dropped(RunStatement run, List<RelationLock> locks) throws SQLException {
        int there = 0;
        for (int i = 0; i < run.objects().size(); i++) {
            long oid = one(there(run, i, false));
            there += oid == 0 ? 0 : 1;
            if (oid != 0 && run.kind() == RunStatement.Kind.STATISTICS) {
                lock(
                                "SELECT s.stxrelid FROM pg_catalog.pg_statistic_ext AS s WHERE s.oid = " + oid,
                                LockMode.SHARE_UPDATE_EXCLUSIVE)
                        .ifPresent(locks::add);
            }
        }
        return new Probe.Statement(there == run.objects().size(), there == 0, null, null, locks);
    }

    private Probe value(RunStatement run, List<RelationLock> locks) throws SQLException {
        Probe found = new EnumProbe(connection, searchPath).of(run.objects().getFirst());
        if (!(found instanceof Probe.EnumType type)) {
            return found;
        }
        boolean before = type.values().contains(run.details().getFirst());
        boolean after = type.values().contains(run.details().getLast());
        return new Probe.Statement(
                after && !before,
                !after,
                null,
                before == after ? "it has " + (after ? "both values" : "neither value") : null,
                locks);
    }

    /** ALTER INDEX renames tables too, under a stronger lock. */
    private Probe index(RunStatement run, List<RelationLock> locks) throws SQLException {
        QualifiedName old = run.objects().getFirst();
        Identifier renamed = new Identifier(String.valueOf(run.details().getFirst()));
        Map<Boolean, String> kinds = new HashMap<>();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(
                        """
                        SELECT wanted.old, c.relkind::pg_catalog.text AS kind
                        FROM (VALUES (true, pg_catalog.to_regclass(%s)), (false, pg_catalog.to_regclass(%s))) AS wanted (old, oid)
                        JOIN pg_catalog.pg_class AS c ON c.oid = wanted.oid""".formatted(
                                        Literals.quote(old.quoted()),
                                        Literals.quote(new QualifiedName(old.schema(), renamed).quoted())),
                        row -> kinds.put(row.getBoolean("old"), row.getString("kind")))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        boolean before = kinds.containsKey(true);
        boolean after = kinds.containsKey(false);
        String other = null;
        if (before && after) {
            other = "the name " + renamed + " is taken";
        } else if (!before && !after && !run.whereMissing()) {
            other = "there is no index of either name";
        } else if (kinds.values().stream().anyMatch(kind -> !INDEXES.contains(kind))) {
            other = (before ? old : renamed) + " is no index";
        }
        return new Probe.Statement(!before, before, null, other, locks);
    }

    /** One with this name and this type. */
    private Probe attribute(RunStatement run, List<RelationLock> locks) throws SQLException {
        List<Boolean> found = new ArrayList<>();
        QualifiedName type = run.objects().getFirst();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(
                        """
                        SELECT a.atttypid = pg_catalog.to_regtype(%s)::pg_catalog.oid AS same
                        FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.typrelid
                        WHERE t.oid = pg_catalog.to_regtype(%s) AND a.attname = %s AND NOT a.attisdropped""".formatted(
                                Literals.quote(withoutModifier(run.details().getLast())),
                                Literals.quote(type.quoted()),
                                Literals.quote(run.details().getFirst())),
                        row -> found.add(row.getBoolean("same")))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        return new Probe.Statement(
                !found.isEmpty(),
                found.isEmpty(),
                null,
                !found.isEmpty() && !found.getFirst() ? "it has this attribute, of another type" : null,
                locks);
    }

    private static String withoutModifier(String type) {
        int modifier = type.indexOf('(');
        return modifier < 0 ? type : type.substring(0, modifier);
    }

    private String inSchema(RunStatement run) {
        Identifier own = run.objects().getFirst().schema();
        return Literals.quote((own == null ? schema : own).name());
    }

    /** A query of the oid of an object. Created ones are looked for where they would be, others by the search path. */
    private String there(RunStatement run, int n, boolean created) {
        QualifiedName object = run.objects().get(n);
        String name = Literals.quote(object.name().name());
        String inSchema = (object.schema() == null && !created) ? null : inSchema(run, object);
        return switch (run.kind()) {
            case SCHEMA -> "SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = " + name;
            case EXTENSION -> "SELECT oid FROM pg_catalog.pg_extension WHERE extname = " + name;
            case POLICY ->
                "SELECT oid FROM pg_catalog.pg_policy WHERE polname = "
                        + Literals.quote(String.valueOf(run.details().get(n))) + " AND polrelid = ("
                        + regclass(object) + ")";
            case STATISTICS ->
                catalog("pg_statistic_ext", "stxname", "stxnamespace", "pg_statistics_obj", name, inSchema);
            case TYPE, DOMAIN -> catalog("pg_type", "typname", "typnamespace", "pg_type", name, inSchema);
            case FUNCTION -> {
                String arguments = created ? null : run.details().get(n);
                yield arguments == null
                        ? catalog("pg_proc", "proname", "pronamespace", "pg_function", name, inSchema)
                        : "SELECT pg_catalog.to_regprocedure(" + Literals.quote(object.quoted() + "(" + arguments + ")")
                                + ")::pg_catalog.oid AS oid";
            }
            case VIEW, MATERIALIZED_VIEW, SEQUENCE, OTHER ->
                catalog("pg_class", "relname", "relnamespace", "pg_table", name, inSchema);
        };
    }

    private String inSchema(RunStatement run, QualifiedName object) {
        return object.schema() == null
                ? inSchema(run)
                : Literals.quote(object.schema().name());
    }

    private static String catalog(
            String catalog, String column, String namespace, String visible, String name, @Nullable String inSchema) {
        return "SELECT o.oid FROM pg_catalog." + catalog + " AS o JOIN pg_catalog.pg_namespace AS ns ON ns.oid = o."
                + namespace + " WHERE o." + column + " = " + name + " AND "
                + (inSchema == null ? "pg_catalog." + visible + "_is_visible(o.oid)" : "ns.nspname = " + inSchema);
    }

    private static String regclass(QualifiedName relation) {
        return "SELECT pg_catalog.to_regclass(" + Literals.quote(relation.quoted()) + ")::pg_catalog.oid AS oid";
    }

    /** The first oid of a query; 0 for none. */
    private long one(String query) throws SQLException {
        List<Long> oids = new ArrayList<>();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(query + " LIMIT 1", row -> oids.add(row.getLong(1)))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        return oids.isEmpty() ? 0 : oids.getFirst();
    }

    /** The lock of the relation that the query gives; nothing when it is not there. */
    private Optional<RelationLock> lock(String query, LockMode mode) throws SQLException {
        List<RelationLock> found = new ArrayList<>();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(
                        """
                        SELECT c.oid::pg_catalog.int8 AS oid, ns.nspname::pg_catalog.text AS schema,
                               c.relname::pg_catalog.text AS name,
                               c.relkind IN ('r', 'p')
                                   AND pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS lockable
                        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                        WHERE c.oid = (%s)""".formatted(query),
                        row -> found.add(new RelationLock(
                                new Relation(
                                        row.getLong("oid"),
                                        QualifiedName.of(row.getString("schema"), row.getString("name"))),
                                mode,
                                // One that writers take too is nobody's to wait for.
                                mode.conflictsWith(LockMode.SHARE_UPDATE_EXCLUSIVE) && row.getBoolean("lockable"))))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        return found.stream().findFirst();
    }
}
