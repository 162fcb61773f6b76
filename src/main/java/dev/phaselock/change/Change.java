package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * A change of a schema that a person wants: one operation of the catalogue. Names are folded and cut as PostgreSQL does
 * it; SQL fragments are as they were written.
 */
public sealed interface Change
        permits AddForeignKey,
                AddCheck,
                SetNotNull,
                DropNotNull,
                ValidateConstraint,
                DropConstraint,
                RenameConstraint,
                SetDefault,
                DropDefault,
                CreateIndex,
                DropIndex,
                AddKey,
                AttachPartition,
                DetachPartition,
                AlterConstraint,
                SetStorageParameters,
                Comment,
                AddEnumValue,
                SetRowSecurity,
                SetReplicaIdentity,
                DropColumn,
                AddColumn,
                AlterType,
                SetStatistics,
                SetStorage,
                CreateTrigger,
                DropTrigger,
                DropTable,
                CreateTable,
                AddDomainConstraint,
                AddExclusion,
                AddIdentity,
                RunStatement,
                Reindex {

    /** The altered table; of a change that is about no table, what it is about. */
    QualifiedName table();

    /** Whether {@link #table} is the name of an index, for its table is not named: then it is the index's table. */
    default boolean namesIndexOnly() {
        return false;
    }

    /** All tables that it names, the altered one first; none when it is about no table. */
    default List<QualifiedName> tables() {
        return List.of(table());
    }

    /** What it does, in a few words for people: {@code foreign key orders_customer_fk}. */
    String label();

    /** The constraints of the table that it names, whose definitions its plan needs. */
    default List<Identifier> constraints() {
        return List.of();
    }

    /** The columns of the table whose details its plan needs ({@code CatalogFacts.ColumnDetails}). */
    default List<Identifier> detailedColumns() {
        return List.of();
    }

    /**
     * Whether it adds, drops or alters these columns themselves: then its plan needs what they are bound to ({@code
     * ColumnUse}), and no other change of the same SchemaChange may be about them.
     */
    default boolean changesColumns() {
        return false;
    }

    /**
     * Whether it drops the table: then it is there or not, no other change of the same SchemaChange may be about it, and
     * its plan needs the tables to which its foreign keys refer.
     */
    default boolean dropsTable() {
        return false;
    }

    /** Whether its plan needs the tables to which foreign keys of its {@link #constraints} refer. */
    default boolean followsReference() {
        return false;
    }

    /** Whether its plan needs the tables to which all foreign keys of its {@link #tables} refer. */
    default boolean followsAllReferences() {
        return false;
    }

    /** Whether it makes a constraint that gets its name by PostgreSQL's rule. */
    default boolean letsPostgresqlChooseName() {
        return false;
    }

    /** Whether its plan needs the indexes of the table: to write them down, the server locks it (ACCESS SHARE). */
    default boolean comparesIndexes() {
        return false;
    }

    /** The names, in the table's schema, of indexes that it makes or drops. */
    default List<Identifier> indexes() {
        return List.of();
    }

    /** Whether its plan compares checks of the table: to write them down, the server locks it (ACCESS SHARE). */
    default boolean comparesChecks() {
        return false;
    }

    /**
     * Whether the catalog alone does not say that it is done: then a phase counts as done once its Job has said so, which is
     * before the next one begins (docs/decisions/0016).
     */
    default boolean toldByOrder() {
        return false;
    }
}
