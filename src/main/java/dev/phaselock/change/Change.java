package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import org.jspecify.annotations.Nullable;

/**
 * A change of a schema that a person wants: one operation of the catalogue. Names are folded and cut as PostgreSQL does
 * it; SQL fragments are as they were written.
 */
public sealed interface Change permits AddForeignKey, AddCheck {

    /** The altered table. */
    QualifiedName table();

    /** The constraint's name; null when PostgreSQL's rule is to give it. */
    @Nullable
    Identifier name();

    /** What it does, in a few words for people: {@code foreign key orders_customer_fk}. */
    String label();
}
