package dev.phaselock.cli;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.ColumnDetails;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.CatalogFacts.UniqueKey;
import dev.phaselock.plan.ColumnUse;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.Relation;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An ordinary table that has what changes name of it. */
final class AssumedTable {
    private final long oid;
    private final QualifiedName name;
    private final Set<String> columns = new LinkedHashSet<>();
    private final Set<String> notNull = new LinkedHashSet<>();
    private final Set<String> added = new LinkedHashSet<>();
    private final Set<List<String>> keys = new LinkedHashSet<>();
    private final List<Constraint> constraints = new ArrayList<>();
    private final List<Index> indexes = new ArrayList<>();
    private boolean partitioned;
    private boolean created;

    AssumedTable(long oid, QualifiedName name) {
        this.oid = oid;
        this.name = name;
    }

    void addColumns(List<Identifier> named) {
        named.forEach(column -> columns.add(column.name()));
    }

    void addNotNull(Identifier column) {
        notNull.add(column.name());
    }

    /** A change adds that column. */
    void adds(Identifier column) {
        added.add(column.name());
    }

    void addKey(List<Identifier> key) {
        addColumns(key);
        keys.add(key.stream().map(Identifier::name).toList());
    }

    /** There, and valid. */
    void addIndex(Identifier index, String definition, boolean unique) {
        indexes.add(new Index(
                index.name(), definition, List.of(), unique, false, true, false, false, false, null, List.of()));
    }

    /** There, and not valid: of which kind only the database knows. */
    void addConstraint(Identifier constraint) {
        constraints.add(constraint(constraint, "CHECK (…)", false, 'c', "…", null));
    }

    /** There, and valid. */
    void addForeignKey(Identifier constraint, boolean deferrable) {
        constraints.add(constraint(
                constraint,
                "FOREIGN KEY (…)",
                true,
                'f',
                null,
                new ForeignKey(
                        0,
                        List.of(),
                        List.of(),
                        AddForeignKeySpec.Action.NO_ACTION,
                        Set.of(),
                        AddForeignKeySpec.Action.NO_ACTION,
                        AddForeignKeySpec.Match.SIMPLE,
                        deferrable,
                        false,
                        false)));
    }

    void isPartitioned() {
        partitioned = true;
    }

    /** A change creates it. */
    void isCreated() {
        created = true;
    }

    boolean created() {
        return created;
    }

    Table table() {
        List<UniqueKey> unique = new ArrayList<>();
        keys.forEach(key -> unique.add(new UniqueKey(key, unique.isEmpty(), true)));
        return new Table(
                new Relation(oid, name),
                partitioned ? Kind.PARTITIONED : Kind.TABLE,
                'p',
                -1,
                "you",
                true,
                new Privileges(true, true, true, true, true, true, false),
                columns.stream()
                        .filter(column -> !added.contains(column))
                        .map(this::column)
                        .toList(),
                unique,
                constraints,
                indexes,
                List.of());
    }

    private Column column(String column) {
        boolean marked = notNull.contains(column);
        return new Column(
                column,
                "integer",
                null,
                ' ',
                true,
                true,
                // Some default, which no expression that is set is like.
                new ColumnDetails(marked, marked, false, false, Set.of("…"), Set.of(), Set.of(), ColumnUse.NONE));
    }

    private static Constraint constraint(
            Identifier name,
            String definition,
            boolean valid,
            char kind,
            @Nullable String expression,
            @Nullable ForeignKey key) {
        return new Constraint(
                name.name(),
                definition,
                List.of(),
                valid,
                true,
                key != null,
                false,
                false,
                expression,
                key,
                kind,
                false,
                null,
                List.of(),
                List.of());
    }
}
