package dev.phaselock.run;

import dev.phaselock.plan.Relation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/**
 * Gives a long statement the memory that makes it fast for the size at hand: {@code maintenance_work_mem}, in which an index
 * is sorted and the rows of a foreign key are looked up. It becomes as much as the tables are large, but never less than
 * it is, no more than a gigabyte, and no more than a quarter of {@code shared_buffers} (which whoever runs the server made
 * fit its memory) or the 32 MB for each process that PostgreSQL asks for before it builds an index with as many workers as
 * {@code max_parallel_maintenance_workers} allows: the default of 64 MB is enough for one worker of two.
 * What somebody has set for the database or the user stays.
 *
 * <p>Source: PostgreSQL documentation, "CREATE INDEX", on {@code maintenance_work_mem} and parallel builds; {@code plan_create_index_workers}.
 */
final class BuildMemory {
    private static final String RAISE = """
            SELECT pg_catalog.set_config(
                     'maintenance_work_mem',
                     greatest(
                       pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')),
                       least(
                         (SELECT sum(pg_catalog.pg_total_relation_size(c.oid))
                          FROM pg_catalog.pg_class c WHERE c.oid = ANY (?::pg_catalog.oid[])),
                         greatest(
                           pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / 4,
                           33554432 * (1 + pg_catalog.current_setting('max_parallel_maintenance_workers')::pg_catalog.int8)),
                         1073741824)) / 1024 || 'kB',
                     ?)
            FROM pg_catalog.pg_settings
            WHERE name = 'maintenance_work_mem' AND source NOT IN ('database', 'user', 'database user')
            """;

    private BuildMemory() {}

    /**
     * Raises it.
     *
     * @param relations whose rows the statement reads
     * @param transaction for the present transaction only, or else for the session
     */
    static void raise(Connection session, Collection<Relation> relations, boolean transaction) throws SQLException {
        Long[] oids = relations.stream().map(Relation::oid).toArray(Long[]::new);
        try (PreparedStatement statement = session.prepareStatement(RAISE)) {
            statement.setArray(1, session.createArrayOf("int8", oids));
            statement.setBoolean(2, transaction);
            statement.execute();
        }
    }
}
