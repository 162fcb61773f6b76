package dev.phaselock.plan;

import dev.phaselock.sql.QualifiedName;

/**
 * A relation of the catalog.
 *
 * @param oid its oid in {@code pg_class}
 * @param name its schema-qualified name
 */
public record Relation(long oid, QualifiedName name) {}
