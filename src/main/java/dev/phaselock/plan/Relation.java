package dev.phaselock.plan;

import dev.phaselock.sql.QualifiedName;

/**
 * A relation of the catalog.
 *
 * @param oid its oid in {@code pg_class}; 0 of one that a step itself creates, which nobody else can see yet
 * @param name its schema-qualified name
 */
public record Relation(long oid, QualifiedName name) {}
